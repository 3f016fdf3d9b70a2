-- The triggers still refuse changes.

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
        EXECUTE format('GRANT UPDATE, DELETE ON operator_actions TO %I', role);
    END LOOP;
END
$$;
