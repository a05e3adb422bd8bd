#!/usr/bin/env bash
# The web client, and what holds it and the API's document together:
#   client.sh build      build it into api/web/dist, if anything of it has changed
#   client.sh generate   write the client's types from the document of bin/api
#   client.sh test       lint the document, see that the types are current, type-check, unit tests
#   client.sh lint       look for what the type checker lets pass
#   client.sh e2e        drive a browser through the app on a whole system; arguments go to vitest
#   client.sh package    pack the client for programs (clients/typescript) into bin/
#   client.sh try        the same, installed elsewhere and run on the server at SAFELIGHT_URL
#   client.sh screenshots, client.sh lighthouse   the same for its looks and its scores, into bin/
set -euo pipefail
cd "$(dirname "$0")/../client"

sum=(sha256sum)
command -v sha256sum >/dev/null || sum=(shasum -a 256)

# has_node: of 20.19 or newer, which is what the build tool takes.
has_node() {
	command -v npm >/dev/null && node -e '
		const [major, minor] = process.versions.node.split(".").map(Number)
		process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}
has_node || {
	echo "client.sh: the web app needs Node.js 20.19 or newer with npm: install it from https://nodejs.org and run this again" >&2
	exit 1
}
export SCARF_ANALYTICS=false NO_UPDATE_NOTIFIER=1
[ -t 1 ] || export NO_COLOR=1 # logs are read as text

# modules FOLDER: installs what the package in it needs. npm ci takes long and
# starts from nothing: only when the lock has changed.
modules() {
	local want
	want=$(cd "$1" && "${sum[@]}" package-lock.json .npmrc)
	[ "$(cat "$1/node_modules/.installed" 2>/dev/null)" = "$want" ] && return
	(cd "$1" && npm ci --no-progress --loglevel=error >&2)
	printf '%s\n' "$want" >"$1/node_modules/.installed"
}

# build: the stamp is the sum of all that the build reads. Not by git: the
# sources of a release are a folder without it.
build() {
	local dist=../api/web/dist stamp=../api/web/.built want
	want=$(find . \( -name node_modules -o -name e2e \) -prune -o -type f ! -name '*.test.ts' ! -name '*.test.tsx' -print0 |
		LC_ALL=C sort -z | xargs -0 "${sum[@]}" | "${sum[@]}")
	[ -f "$dist/index.html" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return
	modules .
	rm -f "$stamp"
	npm run --silent build -- --logLevel warn
	printf '%s\n' "$want" >"$stamp"
}

types=src/lib/api/schema.gen.ts
package=../clients/typescript
case "${1:?build, generate, test, lint, e2e, package, try, screenshots or lighthouse}" in
build)
	build
	;;
generate)
	modules .
	../bin/api openapi >../bin/openapi.json
	npm run --silent generate -- --output "$types"
	;;
test)
	modules .
	../bin/api openapi >../bin/openapi.json
	npm run --silent lint:api
	npm run --silent generate -- --output ../bin/schema.gen.ts
	if ! cmp -s ../bin/schema.gen.ts "$types"; then
		echo "client/$types is not what the API's document says: run make generate" >&2
		exit 1
	fi
	npm run --silent typecheck
	npm run --silent test
	modules "$package" # its sources are those that were just seen to be current
	(cd "$package" && npm run --silent build)
	;;
lint)
	modules .
	npm run --silent lint
	;;
e2e)
	shift
	modules .
	exec ../bin/testenv -- npx --no-install vitest run --config e2e/vitest.config.ts "$@"
	;;
package)
	modules "$package"
	mkdir -p ../bin
	(cd "$package" && npm run --silent build && npm pack --silent --pack-destination ../../bin)
	;;
try)
	modules "$package"
	(cd "$package" && npm run --silent build && npm run --silent test) # .npmrc lets no script run by itself
	;;
screenshots | lighthouse)
	modules .
	[ ! -f "e2e/$1/package-lock.json" ] || modules "e2e/$1"
	exec ../bin/testenv -- npx --no-install vitest run --config "e2e/$1/vitest.config.ts"
	;;
*)
	echo "client.sh: $1 is none of build, generate, test, lint, e2e, package, try, screenshots and lighthouse" >&2
	exit 2
	;;
esac
