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
COMMENT ON TABLE carts IS 'What somebody is about to buy. Gone when it is ordered, merged or expired.';
COMMENT ON COLUMN carts.customer_id IS 'Whose, for a signed-in customer; one cart each.';
COMMENT ON COLUMN carts.token_hash IS 'SHA-256 of the token that names a guest''s cart; the token itself is never stored.';
COMMENT ON COLUMN carts.discount_code IS 'As the customer gave it, in upper case; it may have expired since.';
COMMENT ON COLUMN carts.version IS 'Counts the writes: an order takes the cart only as it was priced.';
COMMENT ON COLUMN carts.expires_at IS 'When a guest''s cart may be removed.';
CREATE INDEX carts_expires_at ON carts (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE cart_lines (
    cart_id uuid NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    sku text NOT NULL,
    quantity integer NOT NULL CONSTRAINT cart_lines_quantity CHECK (quantity BETWEEN 1 AND 999),
    PRIMARY KEY (cart_id, sku)
);
COMMENT ON TABLE cart_lines IS 'No prices: they come from the catalog whenever the cart is looked at.';
