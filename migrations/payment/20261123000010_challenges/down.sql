-- Refused while there are payments or bookings of the new kinds.
ALTER TABLE ledger_transactions
    DROP CONSTRAINT ledger_transactions_kind_known,
    ADD CONSTRAINT ledger_transactions_kind_known
        CHECK (kind IN ('authorize', 'capture', 'void', 'refund')),
    DROP CONSTRAINT ledger_transactions_refund_named,
    ADD CONSTRAINT ledger_transactions_refund_named
        CHECK ((kind = 'refund') = (refund_id IS NOT NULL));
ALTER TABLE payments
    DROP CONSTRAINT payments_challenge_has_url,
    DROP CONSTRAINT payments_held_has_reference,
    ADD CONSTRAINT payments_held_has_reference
        CHECK (status NOT IN ('authorized', 'captured') OR provider_reference IS NOT NULL),
    DROP CONSTRAINT payments_status_known,
    ADD CONSTRAINT payments_status_known
        CHECK (status IN ('authorizing', 'authorized', 'declined', 'voided', 'captured')),
    DROP COLUMN redirect_url;
