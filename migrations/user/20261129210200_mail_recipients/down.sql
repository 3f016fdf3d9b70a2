SET lock_timeout = '3s';
ALTER TABLE notifications DROP COLUMN recipient;
COMMENT ON COLUMN notifications.user_id IS 'The recipient. Address and name are read from users when the mail is sent and are not stored here.';
COMMENT ON TABLE throttles IS 'Leaky buckets of failed sign-ins and of e-mails about registrations. A job deletes empty ones.';
