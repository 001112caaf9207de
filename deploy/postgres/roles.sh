#!/usr/bin/env bash
# One role and one schema a service, of the same name; a role owns its schema and sees nothing else. Every variable
# X_DATABASE_PASSWORD in the environment makes the role x. May run again: then it sets the passwords anew.
# The local stack runs it with PGHOST, PGPORT and PGPASSWORD; the image of Postgres runs it at its first start.
set -euo pipefail

database=${POSTGRES_DB:-namaskah}
query() { psql -X -q -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" "$@"; }

query -d postgres -v database="$database" <<'SQL'
SELECT format('CREATE DATABASE %I', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
query -d "$database" -c 'REVOKE ALL ON SCHEMA public FROM PUBLIC'

for variable in $(compgen -A variable | grep '_DATABASE_PASSWORD$'); do
    role=${variable%_DATABASE_PASSWORD}
    role=${role,,}
    export ROLE_PASSWORD=${!variable}
    query -d "$database" -v role="$role" -v database="$database" <<'SQL'
\getenv password ROLE_PASSWORD
SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 60
    PASSWORD :'password';
GRANT CONNECT ON DATABASE :"database" TO :"role";
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"role" AUTHORIZATION :"role";
REVOKE ALL ON SCHEMA :"role" FROM PUBLIC;
ALTER ROLE :"role" IN DATABASE :"database" SET search_path = :"role";
SQL
done
