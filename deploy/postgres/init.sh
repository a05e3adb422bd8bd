#!/bin/sh
# Run once, when the database server is new: a role and databases for Safelight
# and for Temporal each. Passwords go through the environment of psql, never
# through its arguments.
set -eu

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv safelight SAFELIGHT_DB_PASSWORD
\getenv temporal TEMPORAL_DB_PASSWORD
CREATE ROLE safelight LOGIN PASSWORD :'safelight';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE safelight OWNER safelight;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE safelight, temporal, temporal_visibility, postgres FROM PUBLIC;
SQL
