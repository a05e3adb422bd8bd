#!/usr/bin/env bash
# Builds a Go program once and prints where it is. Its version is the one that
# the module in FOLDER pins; each version has a place of its own in the cache,
# which no "make clean" empties.
#
#   scripts/tool.sh FOLDER PACKAGE
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$1 package=$2
name=${package##*/}

# The module is the longest one that the package's path begins with.
version=$(awk -v package="$package" '
	{ sub(/^require /, ""); path = $1 }
	$2 ~ /^v[0-9]/ && index(package "/", path "/") == 1 && length(path) > best { best = length(path); version = $2 }
	END { print version }' "$root/$folder/go.mod")
if [ -z "$version" ]; then
	echo "tool: $folder/go.mod does not name the module of $package" >&2
	exit 1
fi

cache=${SAFELIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/safelight}
program=$cache/$name-$version/$name
if [ ! -x "$program" ]; then
	echo "tool: building $name $version, which takes a few minutes; it is kept in $cache" >&2
	mkdir -p "${program%/*}"
	# Built beside its place and moved there whole: two builds at once do no harm.
	unfinished=$(mktemp "$program.XXXXXX")
	trap 'rm -f "$unfinished"' EXIT
	(cd "$root/$folder" && GOFLAGS="${GOFLAGS:-} -mod=readonly" go build -o "$unfinished" "$package")
	chmod 755 "$unfinished"
	mv -f "$unfinished" "$program"
fi
echo "$program"
