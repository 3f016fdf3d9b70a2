CREATE TABLE discount_codes (
    code text PRIMARY KEY CONSTRAINT discount_codes_code CHECK (code = upper(code) AND length(code) BETWEEN 1 AND 40),
    basis_points integer NOT NULL CONSTRAINT discount_codes_share CHECK (basis_points BETWEEN 1 AND 10000),
    minimum_minor bigint CONSTRAINT discount_codes_minimum CHECK (minimum_minor > 0),
    minimum_currency text CONSTRAINT discount_codes_currency CHECK (minimum_currency ~ '^[A-Z]{3}$'),
    valid_from timestamptz NOT NULL,
    valid_until timestamptz,
    CONSTRAINT discount_codes_minimum_is_money CHECK ((minimum_minor IS NULL) = (minimum_currency IS NULL)),
    CONSTRAINT discount_codes_window CHECK (valid_until > valid_from)
);
COMMENT ON TABLE discount_codes IS 'A share off the lines of a cart.';
COMMENT ON COLUMN discount_codes.basis_points IS 'Hundredths of a percent: 1000 takes 10 % off.';
COMMENT ON COLUMN discount_codes.minimum_minor IS 'The lines must come to this much, in minor units; NULL for any amount.';
COMMENT ON COLUMN discount_codes.valid_until IS 'The first moment at which it is no longer valid; NULL for never.';

INSERT INTO discount_codes (code, basis_points, valid_from)
VALUES ('WELCOME10', 1000, '2026-01-01T00:00:00Z');
