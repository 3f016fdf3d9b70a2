SET lock_timeout = '3s';

CREATE TABLE ledger_balances (
    account      text   NOT NULL REFERENCES accounts (name),
    currency     text   NOT NULL,
    amount_minor bigint NOT NULL,

    PRIMARY KEY (account, currency),
    CONSTRAINT ledger_balances_currency_form CHECK (currency ~ '^[A-Z]{3}$')
);

COMMENT ON TABLE ledger_balances IS 'Sums of ledger_entries that were rolled up; the balance of an account is this plus its ledger_deltas';

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

COMMENT ON TABLE ledger_deltas IS 'Sums of ledger_entries that were not rolled up yet, appended in the transaction that books: no payment waits for another one''s balance';

CREATE FUNCTION ledger_keeps_deltas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_deltas (account, currency, amount_minor)
    SELECT account, currency, sum(amount_minor) FROM booked GROUP BY account, currency;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ledger_keeps_deltas IS 'Appends what was booked to ledger_deltas';

-- Nobody books between here and the end of this transaction, so the sums below miss nothing.
CREATE TRIGGER ledger_entries_deltas
    AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS booked
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps_deltas();

INSERT INTO ledger_balances (account, currency, amount_minor)
SELECT account, currency, sum(amount_minor) FROM ledger_entries GROUP BY account, currency;
