#!/usr/bin/env bash
# Runs every fuzz target for the given time (default 1m), one after the other.
# What it finds is kept under testdata/fuzz and tried again by each "make test".
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-1m}
failed=()
while IFS=: read -r file name; do
	echo "== $name in $(dirname "$file"), $time"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 2s ${FUZZFLAGS-} "./$(dirname "$file")" || failed+=("$name")
done < <(git grep -o '^func Fuzz[A-Za-z0-9_]*' -- '*_test.go' | sed 's/func //' | sort)

if [ ${#failed[@]} -gt 0 ]; then
	echo "found something: ${failed[*]}" >&2
	exit 1
fi
