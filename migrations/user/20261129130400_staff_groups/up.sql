-- What each staff member may do.

SET lock_timeout = '3s';

ALTER TABLE users
    ADD COLUMN staff_groups text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT users_staff_groups_check CHECK (
        staff_groups <@ ARRAY['support', 'warehouse', 'catalog', 'finance', 'admin']
        AND (role = 'staff' OR staff_groups = '{}')
    ) NOT VALID;

COMMENT ON COLUMN users.staff_groups IS 'The groups of permissions of a staff member; empty for a customer.';
