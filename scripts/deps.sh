#!/usr/bin/env bash
# Installs what Safelight needs from the system's packages, and only what is
# missing. Says so clearly when it can not.
#   deps.sh           what building and running takes
#   deps.sh browser   that, and what the tests take: a browser, and a pooler
set -euo pipefail

say() { printf 'deps: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# Programs for administrators are not on everybody's PATH.
PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin"
for prefix in /opt/homebrew /usr/local; do
	PATH="$PATH:$prefix/sbin:$prefix/bin"
done

if ! have go; then
	say "Go is missing. Install Go 1.26 or newer from https://go.dev/dl/ and run this again."
	exit 1
fi

# have_postgres: a server of version 15 or newer, wherever systems put it.
have_postgres() {
	local postgres major
	for postgres in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres \
		/opt/homebrew/opt/postgresql*/bin/postgres /usr/local/opt/postgresql*/bin/postgres \
		/home/linuxbrew/.linuxbrew/opt/postgresql*/bin/postgres "$(command -v postgres || true)"; do
		[ -x "$postgres" ] && [ -x "${postgres%/*}/initdb" ] || continue
		major=$("$postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
		[ "$major" -ge 15 ] && return 0
	done
	return 1
}

# The packages that are missing, by the name of this system.
missing=()
need() { # need DEBIAN BREW
	local package=$1
	[ "$(uname)" = Darwin ] && package=$2
	# Without a package of its own it comes with the system's tools.
	[ -z "$package" ] || missing+=("$package")
}

have gcc || have clang || need gcc ''
have g++ || have clang++ || need g++ ''
have pkg-config || need pkg-config pkgconf
{ have pkg-config && pkg-config --exists vips; } || need libvips-dev vips
# A service that is named is used and not started, so that it is not needed here.
[ -n "${DATABASE_URL:-${SAFELIGHT_TEST_DATABASE_URL:-}}" ] || have_postgres || need postgresql postgresql@17
if [ -z "${CLAMD_ADDRESS:-${SAFELIGHT_TEST_CLAMD_ADDRESS:-}}" ]; then
	have clamd || need clamav-daemon clamav
	have freshclam || need clamav-freshclam ''
fi

# What the tests start besides.
if [ "${1:-}" = browser ]; then
	have pgbouncer || need pgbouncer pgbouncer
fi

# Without fonts of its own a bare system shows boxes for letters.
if [ "${1:-}" = browser ] && ! "$(dirname "$0")/chrome.sh" >/dev/null; then
	if ! have apt-get || grep -qs '^ID=ubuntu' /etc/os-release; then # Ubuntu's package only fetches a snap
		say "The tests of the web app need Chrome or Chromium, which this script can not install here."
		say "Install Google Chrome (https://www.google.com/chrome), or let CHROME_PATH name one, and run this again."
		exit 1
	fi
	missing+=(chromium fonts-liberation fonts-noto-color-emoji)
fi

by_hand() { # by_hand COMMAND WHY
	say "these are missing: ${missing[*]}"
	say "$2. Please run:"
	say "    $1"
	say "and then the same command again."
	exit 1
}

# Installing must not start the packages' own database and scanner: Safelight
# runs its own. Debian's way of saying so is this file; one that is there
# already is somebody else's word and stays.
install_debian() {
	local policy=/usr/sbin/policy-rc.d
	local root=()
	if [ "$(id -u)" -ne 0 ]; then
		root=(sudo)
		have sudo || by_hand "apt-get install --no-install-recommends ${missing[*]}   (as root)" "This needs root, and there is no sudo"
		sudo -n true 2>/dev/null || say "sudo may ask for your password to install: ${missing[*]}"
	fi
	local run=(${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive)
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' | ${root[@]+"${root[@]}"} tee "$policy" >/dev/null
		${root[@]+"${root[@]}"} chmod 755 "$policy"
		# shellcheck disable=SC2064 # the words are meant to be fixed now
		trap "${root[*]-} rm -f '$policy'" EXIT
	fi
	say "installing ${missing[*]}"
	"${run[@]}" apt-get -q -o DPkg::Lock::Timeout=300 update ||
		say "the lists of packages could not all be refreshed; trying with what there is"
	"${run[@]}" apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}" || {
		say "apt-get could not install: ${missing[*]}"
		say "See its words above: is the network up, and are the package sources right?"
		exit 1
	}
	have_postgres || [ -n "${DATABASE_URL:-${SAFELIGHT_TEST_DATABASE_URL:-}}" ] || {
		say "this system's PostgreSQL is older than 15. Install a newer one (https://apt.postgresql.org),"
		say "or set DATABASE_URL to one that runs elsewhere."
		exit 1
	}
}

if [ ${#missing[@]} -gt 0 ]; then
	if have apt-get; then
		install_debian
	elif [ "$(uname)" = Darwin ]; then
		have brew || by_hand "brew install ${missing[*]}" "Homebrew (https://brew.sh) is missing too"
		say "installing ${missing[*]}"
		brew install "${missing[@]}"
	else
		by_hand "your system's package manager for what Debian calls: ${missing[*]}" "Only apt-get and Homebrew are known here"
	fi
fi
if [ "$(uname)" = Darwin ] && ! have clang; then
	say "the C compiler is missing. Please run: xcode-select --install"
	exit 1
fi

# Temporal's command line tool has no package: one on the PATH, or built once.
have temporal || "$(dirname "$0")/tool.sh" tools github.com/temporalio/cli/cmd/temporal >/dev/null
