-- Some countries have no postal codes, and some addresses no city. The service checks what the country requires.
SET lock_timeout = '3s';
ALTER TABLE addresses
    DROP CONSTRAINT addresses_city_check,
    DROP CONSTRAINT addresses_postal_code_check,
    ADD CONSTRAINT addresses_city_check CHECK (length(city) <= 100) NOT VALID,
    ADD CONSTRAINT addresses_postal_code_check CHECK (length(postal_code) <= 20) NOT VALID;
COMMENT ON COLUMN addresses.city IS 'Empty only where the country needs none.';
COMMENT ON COLUMN addresses.postal_code IS 'Empty where the country has none or does not require it.';
