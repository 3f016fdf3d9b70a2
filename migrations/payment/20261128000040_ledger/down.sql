DROP TABLE ledger_deltas;
DROP TABLE ledger_balances;
DROP TABLE ledger_entries;
DROP TABLE ledger_transactions;
DROP TABLE accounts;
DROP FUNCTION ledger_keeps_deltas;
DROP FUNCTION ledger_is_append_only;
DROP FUNCTION ledger_must_balance;
