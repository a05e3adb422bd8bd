#!/usr/bin/env bash
# Prints the path of the browser that the tests of the web app drive:
# CHROME_PATH, or a Chromium or Chrome of this system. Exits 1 if there is none.
set -euo pipefail

if [ -n "${CHROME_PATH:-}" ]; then
	if [ ! -x "$CHROME_PATH" ]; then
		echo "chrome.sh: CHROME_PATH names no program: $CHROME_PATH" >&2
		exit 1
	fi
	echo "$CHROME_PATH"
	exit
fi
for name in chromium google-chrome-stable google-chrome; do
	command -v "$name" && exit
done
for app in Chromium "Google Chrome"; do
	for folder in /Applications "$HOME/Applications"; do
		program="$folder/$app.app/Contents/MacOS/$app"
		if [ -x "$program" ]; then
			echo "$program"
			exit
		fi
	done
done
exit 1
