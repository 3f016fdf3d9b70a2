UPDATE users SET staff_groups = '{}' WHERE role = 'staff';
