-- E-mails to another address than that of the account: a new one that is not confirmed, and the one before a change.
SET lock_timeout = '3s';
ALTER TABLE notifications
    ADD COLUMN recipient text,
    ADD CONSTRAINT notifications_recipient_check CHECK (length(recipient) BETWEEN 3 AND 254) NOT VALID;
COMMENT ON COLUMN notifications.recipient IS 'The address, if it is another than that of the account; personal data. NULL: that of the account. Removed once the e-mail is finished.';
COMMENT ON COLUMN notifications.user_id IS 'The recipient. Address and name are read from users when the mail is sent; only an address of a change is stored here.';
COMMENT ON TABLE throttles IS 'Leaky buckets of failed sign-ins and of e-mails that anyone can cause. A job deletes empty ones.';
