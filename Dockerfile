# The images of Safelight: the targets api and worker, each with what it needs and
# no more. libvips is in the worker alone.
#
#   docker build --target api -t safelight-api .
#   docker build --target worker -t safelight-worker .
#
# Where a target can not be named (render.yaml), the build argument SAFELIGHT_IMAGE
# says which one the last stage is. Go's version is the one of go.mod; a test
# holds them together. Tags name one release each; digests are for whoever builds
# to add, since they were not at hand where this was written (docs/DEPLOY.md).
ARG SAFELIGHT_IMAGE=api

# The web app, as the API serves it.
FROM node:24.21.0-bookworm-slim AS web
ENV SCARF_ANALYTICS=false NO_UPDATE_NOTIFIER=1 npm_config_cache=/cache/npm
WORKDIR /src/client
COPY client/package.json client/package-lock.json client/.npmrc ./
RUN --mount=type=cache,target=/cache/npm npm ci --no-progress --loglevel=error
COPY client/ ./
RUN npm run --silent build -- --logLevel warn

# The modules, fetched once for both programs.
FROM golang:1.26.8-bookworm AS modules
ENV GOTOOLCHAIN=local GOCACHE=/cache/go-build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download

FROM modules AS api-build
ARG VERSION=dev
COPY . .
COPY --from=web /src/api/web/dist api/web/dist
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/ ./cmd/api ./cmd/safelight

FROM modules AS worker-build
# hadolint ignore=DL3008 # Debian takes versions away that it has mended
RUN apt-get update \
    && apt-get install -y --no-install-recommends libvips-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/cache/go-build \
    CGO_ENABLED=1 go build -trimpath -ldflags "-s -w" -o /out/ ./cmd/worker

# Both run as this user, who owns nothing of the image.
FROM debian:bookworm-20260824-slim AS base
COPY --from=modules /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt

FROM base AS api
COPY --from=api-build /out/api /out/safelight /usr/local/bin/
ENV LISTEN_ADDRESS=0.0.0.0:8080
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s CMD ["/usr/local/bin/api", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/api"]

FROM base AS worker
# hadolint ignore=DL3008 # as above
RUN apt-get update \
    && apt-get install -y --no-install-recommends libvips42 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65532 -g 65532 -m 0700 /work
COPY --from=worker-build /out/worker /usr/local/bin/worker
# Two heaps keep the memory of the decoders down: libvips makes many threads.
ENV WORK_DIR=/work MALLOC_ARENA_MAX=2
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=12s --start-period=120s CMD ["/usr/local/bin/worker", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/worker"]

# hadolint ignore=DL3006 # a stage of this file
FROM ${SAFELIGHT_IMAGE} AS final
