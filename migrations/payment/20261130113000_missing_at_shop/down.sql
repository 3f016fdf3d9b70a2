-- Fails while a report has a difference of the kind; those reports can be deleted.
ALTER TABLE reconciliation_differences
    DROP CONSTRAINT reconciliation_differences_kind_known,
    ADD CONSTRAINT reconciliation_differences_kind_known CHECK (kind IN
        ('missing_at_provider', 'unknown_to_us', 'status', 'amount', 'captured', 'refunded', 'ledger'));
