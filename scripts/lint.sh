#!/usr/bin/env bash
# Looks for what compilers let pass: formatting, golangci-lint by .golangci.yml,
# Temporal's own check that workflows are deterministic, and ESLint and Prettier
# on the web app.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
unformatted=$(git ls-files -co --exclude-standard -- '*.go' | xargs -r gofmt -l)
if [ -n "$unformatted" ]; then
	printf 'not formatted (gofmt -w):\n%s\n' "$unformatted" >&2
	failed=1
fi

golangci=$(scripts/tool.sh tools/lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint)
"$golangci" run ./... || failed=1

workflowcheck=$(scripts/tool.sh tools/lint go.temporal.io/sdk/contrib/tools/workflowcheck)
"$workflowcheck" -config tools/lint/workflowcheck.yml ./workflows/... || failed=1

# docker-compose.yml by Compose's own loader, the Dockerfiles by BuildKit's parser.
(cd tools/deploy && GOFLAGS="${GOFLAGS:-} -mod=readonly" go run . ../..) || failed=1

scripts/client.sh lint || failed=1

exit $failed
