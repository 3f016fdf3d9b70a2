SET lock_timeout = '3s';

ALTER TABLE payments
    ADD COLUMN redirect_url text,
    DROP CONSTRAINT payments_status_known,
    ADD CONSTRAINT payments_status_known
        CHECK (status IN ('authorizing', 'action_required', 'authorized', 'declined', 'voided',
                          'expired', 'captured')),
    DROP CONSTRAINT payments_held_has_reference,
    ADD CONSTRAINT payments_held_has_reference
        CHECK (status NOT IN ('action_required', 'authorized', 'expired', 'captured')
               OR provider_reference IS NOT NULL),
    ADD CONSTRAINT payments_challenge_has_url
        CHECK ((status = 'action_required') = (redirect_url IS NOT NULL));

COMMENT ON COLUMN payments.redirect_url IS 'Where the customer''s bank wants to hear from her (3-D Secure); only while action_required';

ALTER TABLE ledger_transactions
    DROP CONSTRAINT ledger_transactions_kind_known,
    ADD CONSTRAINT ledger_transactions_kind_known
        CHECK (kind IN ('authorize', 'capture', 'void', 'expire', 'refund', 'refund_reversal')),
    DROP CONSTRAINT ledger_transactions_refund_named,
    ADD CONSTRAINT ledger_transactions_refund_named
        CHECK ((kind IN ('refund', 'refund_reversal')) = (refund_id IS NOT NULL));
