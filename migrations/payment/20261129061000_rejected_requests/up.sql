-- Distinguishes a rejected request of ours from a declined card.

SET lock_timeout = '3s';

ALTER TABLE payments ADD COLUMN request_rejected boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN payments.request_rejected IS 'Declined because the provider rejected our request, not the card: staff must act';
COMMENT ON COLUMN operations.last_error IS 'Why the last attempt has no outcome; of a refused operation, what the provider rejected about our request';
