-- Records of staff's actions are append-only for the service too: its role may add and read rows. Only the owner of the
-- tables, which runs migrations, can change that. `relacl` has the roles that the default privileges of the database name.

DO $$
DECLARE
    role name;
BEGIN
    FOR role IN
        SELECT DISTINCT pg_roles.rolname
        FROM pg_class
        CROSS JOIN aclexplode(relacl) AS granted
        JOIN pg_roles ON pg_roles.oid = granted.grantee
        WHERE pg_class.oid = 'operator_actions'::regclass AND granted.grantee <> relowner
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON operator_actions FROM %I', role);
    END LOOP;
END
$$;
