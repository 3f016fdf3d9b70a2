-- The double-entry ledger. The database rejects transactions that do not balance, and any update or deletion of
-- a booking.

CREATE TABLE accounts (
    name        text PRIMARY KEY,
    class       text NOT NULL,
    description text NOT NULL,

    CONSTRAINT accounts_class_known CHECK (class IN ('memo', 'asset', 'income', 'contra_income'))
);

INSERT INTO accounts (name, class, description) VALUES
    ('authorized_funds', 'memo', 'Amounts held on customers'' cards'),
    ('authorization_obligations', 'memo', 'The other side of the holds: to be captured or voided'),
    ('provider_receivable', 'asset', 'What the provider owes the shop'),
    ('sales', 'income', 'What customers paid'),
    ('refunds', 'contra_income', 'What was refunded to customers');

COMMENT ON TABLE accounts IS 'The chart of accounts; memo accounts stand outside the balance sheet';

CREATE TABLE ledger_transactions (
    id         uuid        PRIMARY KEY,
    payment_id uuid        NOT NULL REFERENCES payments (id),
    order_id   uuid        NOT NULL,
    kind       text        NOT NULL,
    refund_id  uuid        REFERENCES refunds (id),
    booked_at  timestamptz NOT NULL,

    CONSTRAINT ledger_transactions_kind_known
        CHECK (kind IN ('authorize', 'capture', 'void', 'expire', 'refund', 'refund_reversal')),
    CONSTRAINT ledger_transactions_refund_named
        CHECK ((kind IN ('refund', 'refund_reversal')) = (refund_id IS NOT NULL))
);

-- Nothing is booked twice.
CREATE UNIQUE INDEX ledger_transactions_once
    ON ledger_transactions (payment_id, kind, coalesce(refund_id, payment_id));
CREATE INDEX ledger_transactions_order_id ON ledger_transactions (order_id, id);

COMMENT ON TABLE ledger_transactions IS 'Bookings, one per payment and kind, or per refund';

CREATE TABLE ledger_entries (
    transaction_id uuid     NOT NULL REFERENCES ledger_transactions (id),
    line           smallint NOT NULL,
    account        text     NOT NULL REFERENCES accounts (name),
    amount_minor   bigint   NOT NULL,
    currency       text     NOT NULL,

    PRIMARY KEY (transaction_id, line),
    CONSTRAINT ledger_entries_amount_not_zero CHECK (amount_minor <> 0),
    CONSTRAINT ledger_entries_currency_form CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE INDEX ledger_entries_account ON ledger_entries (account, currency) INCLUDE (amount_minor);

COMMENT ON TABLE ledger_entries IS 'Sides of double entries; those of a transaction sum to zero per currency';
COMMENT ON COLUMN ledger_entries.amount_minor IS 'Minor units; positive is debit, negative is credit';

CREATE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked uuid := CASE TG_TABLE_NAME WHEN 'ledger_transactions'
                         THEN (to_jsonb(NEW) ->> 'id')::uuid
                         ELSE (to_jsonb(NEW) ->> 'transaction_id')::uuid END;
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_entries WHERE transaction_id = checked)
       OR EXISTS (SELECT FROM ledger_entries WHERE transaction_id = checked
                  GROUP BY currency HAVING sum(amount_minor) <> 0)
    THEN
        RAISE EXCEPTION 'the entries of ledger transaction % do not sum to zero', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balanced';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ledger_must_balance IS 'Refuses the commit of a ledger transaction without entries, or whose entries do not sum to zero';

CREATE CONSTRAINT TRIGGER ledger_transactions_balanced
    AFTER INSERT ON ledger_transactions DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_must_balance();
CREATE CONSTRAINT TRIGGER ledger_entries_balanced
    AFTER INSERT ON ledger_entries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_must_balance();

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_append_only',
              HINT = 'book a transaction that reverses the wrong one';
END
$$;
COMMENT ON FUNCTION ledger_is_append_only IS 'Rejects any update or deletion of a booking';

CREATE TRIGGER ledger_transactions_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_entries_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE TABLE ledger_balances (
    account      text   NOT NULL REFERENCES accounts (name),
    currency     text   NOT NULL,
    amount_minor bigint NOT NULL,

    PRIMARY KEY (account, currency),
    CONSTRAINT ledger_balances_currency_form CHECK (currency ~ '^[A-Z]{3}$')
);

COMMENT ON TABLE ledger_balances IS 'Rolled-up sums of ledger_entries; the balance of an account is this plus its ledger_deltas';

CREATE TABLE ledger_deltas (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account      text   NOT NULL,
    currency     text   NOT NULL,
    amount_minor bigint NOT NULL
) WITH (
    -- Rows live until the next roll-up: vacuum by the number of dead rows, not by their share.
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 5000
);

COMMENT ON TABLE ledger_deltas IS 'Sums of ledger_entries that are not rolled up yet, appended in the transaction that books: no payment waits for another''s balance row';

CREATE FUNCTION ledger_keeps_deltas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_deltas (account, currency, amount_minor)
    SELECT account, currency, sum(amount_minor) FROM booked GROUP BY account, currency;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ledger_keeps_deltas IS 'Appends the sums of a booking to ledger_deltas';

CREATE TRIGGER ledger_entries_deltas
    AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS booked
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps_deltas();
