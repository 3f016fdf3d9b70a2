-- Creates a database with its two roles on a managed server, or sets the passwords of roles that exist. It has the
-- same result as deploy/docker/postgres/database.sql, but runs as an administrator who is no superuser, and can run
-- again. Needs the psql variables service, owner, password and owner_password.
SELECT format('CREATE ROLE %I LOGIN', name) FROM (VALUES (:'owner'), (:'service')) AS role (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE :"owner" PASSWORD :'owner_password';
ALTER ROLE :"service" PASSWORD :'password';
-- Without it, the administrator cannot give the database to the owner.
GRANT :"owner" TO CURRENT_USER;
SELECT format('CREATE DATABASE %I OWNER %I', :'service', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"service" TO :"service";
\connect :"service"
-- For the tables that migrations create.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT USAGE ON SEQUENCES TO :"service";
-- Some managed servers let only the administrator create extensions. The migration of catalog then finds them.
SELECT :'service' = 'catalog' AS is_catalog \gset
\if :is_catalog
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
\endif
\connect postgres
