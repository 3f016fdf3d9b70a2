-- Carts, and the discount codes that customers enter.

CREATE TABLE carts (
    id uuid PRIMARY KEY,
    customer_id uuid CONSTRAINT carts_customer_id UNIQUE,
    token_hash bytea CONSTRAINT carts_token_hash UNIQUE,
    discount_code text,
    version bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    expires_at timestamptz,
    CONSTRAINT carts_one_owner CHECK ((customer_id IS NULL) <> (token_hash IS NULL)),
    CONSTRAINT carts_guests_expire CHECK ((token_hash IS NULL) = (expires_at IS NULL))
);
COMMENT ON TABLE carts IS 'One cart per customer or guest. Deleted when it is ordered, merged or expired.';
COMMENT ON COLUMN carts.customer_id IS 'The signed-in customer; null for a guest.';
COMMENT ON COLUMN carts.token_hash IS 'SHA-256 of the token that names a guest''s cart; the token itself is never stored.';
COMMENT ON COLUMN carts.discount_code IS 'As entered, in upper case; it may have expired since.';
COMMENT ON COLUMN carts.version IS 'Counts writes: an order takes the cart only in the version that was priced.';
COMMENT ON COLUMN carts.expires_at IS 'When a guest''s cart may be deleted.';
CREATE INDEX carts_expires_at ON carts (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE cart_lines (
    cart_id uuid NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    sku text NOT NULL,
    quantity integer NOT NULL CONSTRAINT cart_lines_quantity CHECK (quantity BETWEEN 1 AND 999),
    PRIMARY KEY (cart_id, sku)
);
COMMENT ON TABLE cart_lines IS 'No prices: the catalog gives them whenever the cart is read.';

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
COMMENT ON TABLE discount_codes IS 'Percentages off the lines of a cart.';
COMMENT ON COLUMN discount_codes.basis_points IS 'Hundredths of a percent: 1000 takes 10 % off.';
COMMENT ON COLUMN discount_codes.minimum_minor IS 'The lines must come to this much, in minor units; NULL for any amount.';
COMMENT ON COLUMN discount_codes.valid_until IS 'The first moment at which it is no longer valid; NULL for never.';

INSERT INTO discount_codes (code, basis_points, valid_from)
VALUES ('WELCOME10', 1000, '2026-01-01T00:00:00Z');
