#!/bin/sh
# Makes the namespace and the search attributes that workflows set. Doing it
# again changes nothing.
set -eu

# Finished workflows can be looked at for a week.
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
	temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 168h

# The server takes up a new namespace after some seconds.
tries=0
until have=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" --output json); do
	tries=$((tries + 1))
	[ "$tries" -lt 30 ] || exit 1
	sleep 2
done
for name in SafelightOwner SafelightState SafelightSHA256; do
	case $have in
	*"\"$name\""*) ;;
	*) temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword ;;
	esac
done
