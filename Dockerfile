# Built on the machine's own platform and compiled for the target's: Go needs no emulation for that.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOCACHE=/cache/build GOMODCACHE=/cache/mod

# Modules first: they change less often than the code.
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/cache go mod download

COPY api/ api/
COPY cmd/ cmd/
COPY controllers/ controllers/
COPY issuer/ issuer/
COPY hack/build.sh hack/
COPY hack/image/go.mod hack/image/go.sum hack/image/
COPY hack/image/roots/ hack/image/roots/

# Roots for TLS to other servers, those of a version of ours; the API server's CA comes with the ServiceAccount.
RUN --mount=type=cache,target=/cache \
    go run -C hack/image ./roots/print >/ca-certificates.crt

ARG VERSION=dev
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/cache \
    GOOS=$TARGETOS GOARCH=$TARGETARCH VERSION=$VERSION hack/build.sh /tokenwright

# hack/image makes the same image without Docker, and its tests hold the two together.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title=tokenwright \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /tokenwright /tokenwright
USER 65532:65532
ENTRYPOINT ["/tokenwright"]
