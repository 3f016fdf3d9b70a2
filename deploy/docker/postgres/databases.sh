#!/bin/sh
# Runs once, when the volume is new. Creates a database for each service, its owner, which runs migrations, and the service's
# role. Neither role can connect to another database. Roles and passwords come from the URLs that the service reads.
set -eu

sql() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres "$@"; }

# password <secret> <role>: the password in the URL.
password() {
    url=$(cat "/run/secrets/$1")
    case $url in
        "postgres://$2:"?*@*) ;;
        *) echo "$1 must begin with postgres://$2:<password>@" >&2; exit 1 ;;
    esac
    rest=${url#"postgres://$2:"}
    printf '%s' "${rest%%@*}"
}

for service in user catalog order payment; do
    owner=${service}_owner
    password=$(password "${service}_database_url" "$service")
    owner_password=$(password "${owner}_database_url" "$owner")
    sql --set service="$service" --set owner="$owner" --set password="$password" --set owner_password="$owner_password" \
        --file /etc/mercantile/database.sql
done
# Only the superuser may connect to these.
sql --command 'REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC'
