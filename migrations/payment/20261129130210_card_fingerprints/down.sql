ALTER TABLE payments DROP COLUMN card_fingerprint;
