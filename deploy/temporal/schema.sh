#!/bin/sh
# Brings Temporal's two databases to the schema of its version. Doing it again
# changes nothing: after an upgrade of the images it makes what is new.
set -eu

for store in temporal visibility; do
	database=temporal
	[ "$store" = temporal ] || database=temporal_visibility
	temporal-sql-tool --db "$database" setup-schema -v 0.0
	temporal-sql-tool --db "$database" update-schema -d "/etc/temporal/schema/postgresql/v12/$store/versioned"
done
