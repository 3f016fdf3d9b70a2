-- Tokens in e-mails that change the password or the address are bound to this count, so that a change voids them.
SET lock_timeout = '3s';
ALTER TABLE users ADD COLUMN credentials_version bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN users.credentials_version IS 'How often the password or the e-mail address changed. A token in an e-mail that changes one of them is valid for one value only.';
COMMENT ON COLUMN second_factors.last_step IS 'The time step of the last accepted code of sealed_secret. A code of this step or an earlier one is refused.';
