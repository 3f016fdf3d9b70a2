-- Payments know which card was declined.

SET lock_timeout = '3s';

ALTER TABLE payments ADD COLUMN card_fingerprint text;
COMMENT ON COLUMN payments.card_fingerprint IS 'The provider''s name of the declined card: the same for every payment method with it.';
