-- Accounts that an invitation made, or whose staff member was removed, have a random password.
SET lock_timeout = '3s';
ALTER TABLE users ADD COLUMN password_unset boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN users.password_unset IS 'True while nobody knows the password: an invitation made the account, or its staff member was removed. Only then may an admin hand over the token of an invitation, which sets the password.';
