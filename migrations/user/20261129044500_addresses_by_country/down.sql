SET lock_timeout = '3s';
ALTER TABLE addresses
    DROP CONSTRAINT addresses_city_check,
    DROP CONSTRAINT addresses_postal_code_check,
    ADD CONSTRAINT addresses_city_check CHECK (length(city) BETWEEN 1 AND 100) NOT VALID,
    ADD CONSTRAINT addresses_postal_code_check CHECK (length(postal_code) BETWEEN 1 AND 20) NOT VALID;
COMMENT ON COLUMN addresses.city IS NULL;
COMMENT ON COLUMN addresses.postal_code IS NULL;
