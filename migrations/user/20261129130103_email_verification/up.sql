-- Whether the owner of an e-mail address has confirmed it. Accounts from before are not confirmed.
SET lock_timeout = '3s';
ALTER TABLE users ADD COLUMN email_verified_at timestamptz;
COMMENT ON COLUMN users.email_verified_at IS 'When the owner of the address followed the link in our e-mail. NULL: not yet, so the account gets few e-mails a day.';
COMMENT ON TABLE notifications IS 'E-mails to customers about their orders and their account, one row each. They are deleted with the account; a job deletes old finished ones.';
COMMENT ON COLUMN notifications.order_id IS 'The order that it is about, or the account itself.';
COMMENT ON COLUMN notifications.id IS 'The id of the message or request that caused it; the Message-ID of the mail derives from it, so that a mail sent twice can be recognized.';
