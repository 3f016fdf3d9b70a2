ALTER TABLE users DROP COLUMN email_verified_at;
COMMENT ON TABLE notifications IS 'E-mails to customers about their orders, one row each. They are deleted with the account; a job deletes old finished ones.';
COMMENT ON COLUMN notifications.order_id IS 'The order that it is about.';
COMMENT ON COLUMN notifications.id IS 'The id of the message that caused it; the Message-ID of the mail derives from it, so that a mail sent twice can be recognized.';
