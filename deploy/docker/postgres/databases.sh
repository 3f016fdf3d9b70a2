#!/bin/sh
# Runs once, when the volume is new. Creates a role and a database for each service; a role can connect only to its own
# database. Role, password and database come from the URL that the service reads.
set -eu

sql() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres "$@"; }

for service in user catalog order payment; do
    url=$(cat "/run/secrets/${service}_database_url")
    case $url in
        "postgres://$service:"?*@*) ;;
        *) echo "${service}_database_url must begin with postgres://$service:<password>@" >&2; exit 1 ;;
    esac
    password=${url#"postgres://$service:"}
    password=${password%%@*}
    sql --set service="$service" --set password="$password" <<'SQL'
CREATE ROLE :"service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
# Only the superuser may connect to these.
sql --command 'REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC'
