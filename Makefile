# Safelight. A bare "make" lists the targets.

# The state of "make run" and the port of its API: make run DATA=other PORT=8081
DATA ?= .data
PORT ?= 8080
# The race detector costs a third of the time of the tests: make test RACE= does without.
RACE ?= -race
# Not watched by the race detector, which makes them three times as slow and has
# nothing to find: what computes over pixels in one goroutine, and the arithmetic
# below it, whose callers elsewhere are watched. Nothing of ours here starts a
# goroutine but phashtest, whose workers share no pixels. What has state that
# callers might share (hash, crypto, math/rand) is watched, and so is every other
# package of the project.
UNWATCHED = math math/bits image/... compress/flate $(addprefix safelight/internal/imaging/,codec colordiff phash/... thumbhash)
unwatched = $(if $(RACE),$(patsubst %,-gcflags=%=-race=false,$(UNWATCHED)))
# For how long each fuzz target runs: make fuzz FUZZTIME=10m
FUZZTIME ?= 1m

.DEFAULT_GOAL := help
.PHONY: help deps build app programs man package run env test harness screenshots lighthouse generate fuzz check lint bench clean

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install what is missing from the system's packages, and build Temporal's tool once
	@scripts/deps.sh

build: ## build bin/api with the web app in it, bin/worker and bin/safelight
	@$(MAKE) --no-print-directory -j2 app programs # one waits for the network, the other one for the processor
	go build -o bin/ ./cmd/api

app:
	@scripts/client.sh build

programs:
	go build -o bin/ ./cmd/worker ./cmd/safelight

man: programs ## write manual pages and completions of bin/safelight into bin/man and bin/completions
	@bin/safelight man bin/man/man1
	@mkdir -p bin/completions
	@for shell in bash zsh fish; do bin/safelight completion $$shell >bin/completions/safelight.$$shell; done

package: ## pack the API's client for TypeScript into bin/
	@scripts/client.sh package

run: deps ## build and start everything on this machine; Ctrl-C stops it
	@$(MAKE) --no-print-directory build
	@bin/safelight dev --home "$(DATA)" --port "$(PORT)"

env: ## make .env, the settings and secrets of docker compose: make env PUBLIC_URL=https://photos.example.org
	@go run ./cmd/safelight env $(if $(PUBLIC_URL),--public-url "$(PUBLIC_URL)")

test: harness ## run every test, against real services that are started for it
	go vet -tags integration ./...
	scripts/client.sh test
	bin/testenv -- go test -vet=off $(RACE) $(unwatched) -tags integration -timeout 20m ./...
	scripts/client.sh e2e

generate: ## write what is generated: the web client's types, docs/CONFIGURATION.md
	go run ./internal/config/reference/configdoc
	@$(MAKE) --no-print-directory build
	scripts/client.sh generate

fuzz: deps ## feed the readers of files with mutations, FUZZTIME for each of them
	@scripts/fuzz.sh "$(FUZZTIME)"

screenshots: harness ## take pictures of every page of the web app, into bin/screenshots
	scripts/client.sh screenshots

lighthouse: harness ## measure the pages that everybody sees first; fails under 95 of 100
	scripts/client.sh lighthouse

# What drives a browser needs: the browser, the programs, and pictures to upload.
harness:
	@scripts/deps.sh browser
	@$(MAKE) --no-print-directory build
	go build -o bin/ ./internal/testkit/testenv ./internal/testkit/samples

check: lint test ## what CI runs: lint, test, and that go.mod is tidy
	go mod tidy -diff

lint: deps ## look for what compilers let pass
	@scripts/lint.sh

bench: deps ## measure a running system; prints JSON
	@$(MAKE) --no-print-directory build
	go build -o bin/ ./internal/imaging/imagingbench
	go run ./e2e/bench

clean: ## remove what was built; state and built tools stay
	rm -rf bin api/web/.built
	find api/web/dist -mindepth 1 ! -name .keep -delete
