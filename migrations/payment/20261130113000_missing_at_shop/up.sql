-- Reconciliation reports intents whose payment the shop does not have: the database was restored to an earlier moment.

SET lock_timeout = '3s';

ALTER TABLE reconciliation_differences
    DROP CONSTRAINT reconciliation_differences_kind_known,
    ADD CONSTRAINT reconciliation_differences_kind_known CHECK (kind IN
        ('missing_at_provider', 'unknown_to_us', 'missing_at_shop', 'status', 'amount', 'captured', 'refunded', 'ledger'))
        NOT VALID;
ALTER TABLE reconciliation_differences VALIDATE CONSTRAINT reconciliation_differences_kind_known;
