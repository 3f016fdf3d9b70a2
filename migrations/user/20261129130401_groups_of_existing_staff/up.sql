-- Before there were groups, staff could do everything.
UPDATE users SET staff_groups = '{support,warehouse,catalog,finance,admin}' WHERE role = 'staff';
