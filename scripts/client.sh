#!/usr/bin/env bash
# What holds the web client and the API's document together:
#   client.sh generate   write the client's types from the document of bin/api
#   client.sh test       lint the document, see that the types are current, type-check, unit tests
set -euo pipefail
cd "$(dirname "$0")/../client"

# npm ci takes long and starts from nothing: only when the lock has changed.
command -v npm >/dev/null || {
	echo "client.sh: Node.js 20.19 or newer with npm is needed (https://nodejs.org)" >&2
	exit 1
}
want=$(sha256sum package.json package-lock.json .npmrc 2>/dev/null || shasum -a 256 package.json package-lock.json .npmrc)
if [ "$(cat node_modules/.installed 2>/dev/null)" != "$want" ]; then
	npm ci --no-progress --loglevel=error
	printf '%s\n' "$want" >node_modules/.installed
fi
export SCARF_ANALYTICS=false NO_UPDATE_NOTIFIER=1
types=src/lib/api/schema.gen.ts

../bin/api openapi >../bin/openapi.json
case "${1:?generate or test}" in
generate)
	npm run --silent generate -- --output "$types"
	;;
test)
	npm run --silent lint:api
	npm run --silent generate -- --output ../bin/schema.gen.ts
	if ! cmp -s ../bin/schema.gen.ts "$types"; then
		echo "client/$types is not what the API's document says: run make generate" >&2
		exit 1
	fi
	npm run --silent typecheck
	npm run --silent test
	;;
*)
	echo "client.sh: $1 is neither generate nor test" >&2
	exit 2
	;;
esac
