DROP TABLE discount_uses;
ALTER TABLE discount_codes
    DROP CONSTRAINT discount_codes_uses,
    DROP COLUMN version,
    DROP COLUMN ended_at,
    DROP COLUMN uses,
    DROP COLUMN max_uses_per_customer,
    DROP COLUMN max_uses;
