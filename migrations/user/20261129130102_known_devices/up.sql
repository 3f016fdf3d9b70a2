-- Device tokens of a sign-in before this time are not accepted.
SET lock_timeout = '3s';
ALTER TABLE users ADD COLUMN devices_known_since timestamptz;
COMMENT ON COLUMN users.devices_known_since IS 'Device tokens that were issued before are void: set when the password changes. NULL: it never changed.';
