-- Accounts and their address books.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL CONSTRAINT users_email_key UNIQUE,
    password_hash text NOT NULL,
    display_name text NOT NULL,
    role text NOT NULL CONSTRAINT users_role_check CHECK (role IN ('customer', 'staff')),
    created_at timestamptz NOT NULL,
    CONSTRAINT users_email_check CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    CONSTRAINT users_display_name_check CHECK (length(display_name) BETWEEN 1 AND 100)
);
COMMENT ON TABLE users IS 'Accounts that can sign in.';
COMMENT ON COLUMN users.id IS 'UUIDv7, assigned by the service.';
COMMENT ON COLUMN users.email IS 'Trimmed and lower-cased by the service; personal data.';
COMMENT ON COLUMN users.password_hash IS 'PHC string: argon2id with its parameters and salt.';
COMMENT ON COLUMN users.display_name IS 'The name in the user interface and in e-mails; personal data.';

CREATE TABLE addresses (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT addresses_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    label text NOT NULL CONSTRAINT addresses_label_check CHECK (length(label) BETWEEN 1 AND 50),
    recipient text NOT NULL CONSTRAINT addresses_recipient_check CHECK (length(recipient) BETWEEN 1 AND 100),
    line1 text NOT NULL CONSTRAINT addresses_line1_check CHECK (length(line1) BETWEEN 1 AND 200),
    line2 text NOT NULL CONSTRAINT addresses_line2_check CHECK (length(line2) <= 200),
    city text NOT NULL CONSTRAINT addresses_city_check CHECK (length(city) BETWEEN 1 AND 100),
    region text NOT NULL CONSTRAINT addresses_region_check CHECK (length(region) <= 100),
    postal_code text NOT NULL CONSTRAINT addresses_postal_code_check CHECK (length(postal_code) BETWEEN 1 AND 20),
    country text NOT NULL CONSTRAINT addresses_country_check CHECK (country ~ '^[A-Z]{2}$')
);
-- The addresses of one account, oldest first: UUIDv7 sorts by time.
CREATE INDEX addresses_user_id_id_idx ON addresses (user_id, id);
COMMENT ON TABLE addresses IS 'Address books; personal data. At most 20 per account; the service enforces it under a lock on the account''s row.';
COMMENT ON COLUMN addresses.id IS 'UUIDv7, assigned by the service.';
COMMENT ON COLUMN addresses.line2 IS 'Empty when there is none.';
COMMENT ON COLUMN addresses.region IS 'Empty where the country uses none.';
COMMENT ON COLUMN addresses.country IS 'ISO 3166-1 alpha-2.';
