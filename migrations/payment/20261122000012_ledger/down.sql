DROP TABLE ledger_entries;
DROP TABLE ledger_transactions;
DROP TABLE accounts;
DROP FUNCTION ledger_is_append_only;
DROP FUNCTION ledger_must_balance;
