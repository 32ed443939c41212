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

ARG VERSION=dev
ARG TARGETOS
ARG TARGETARCH
# The same flags as `make build`: static, without paths of this machine, the version stamped in.
RUN --mount=type=cache,target=/cache \
    GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o /tokenwright ./cmd/tokenwright

FROM scratch
# Roots for TLS to other servers; the API server's CA comes with the ServiceAccount.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /tokenwright /tokenwright
USER 65532:65532
ENTRYPOINT ["/tokenwright"]
