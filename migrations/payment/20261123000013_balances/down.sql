DROP TRIGGER ledger_entries_deltas ON ledger_entries;
DROP FUNCTION ledger_keeps_deltas;
DROP TABLE ledger_deltas;
DROP TABLE ledger_balances;
