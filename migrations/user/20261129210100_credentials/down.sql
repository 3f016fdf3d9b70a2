SET lock_timeout = '3s';
ALTER TABLE users DROP COLUMN credentials_version;
COMMENT ON COLUMN second_factors.last_step IS 'The time step of the last accepted code. A code of this step or an earlier one is refused.';
