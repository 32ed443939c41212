#!/usr/bin/env bash
# Builds the program into the file OUTPUT: hack/build.sh OUTPUT
#
# This is the one place that holds the flags: `make build`, the Dockerfile and hack/image come here, so the same
# sources and the same release of Go give the same bytes, whoever builds. VERSION is stamped in; GOOS and GOARCH say
# for which machine.
set -euo pipefail

[[ $# == 1 ]] || {
	echo "usage: ${0##*/} OUTPUT" >&2
	exit 2
}
output=$1
[[ $output == /* ]] || output=$PWD/$output

cd "$(dirname -- "${BASH_SOURCE[0]}")/.."
# What somebody set for their own work does not change what is shipped.
unset GOEXPERIMENT
export CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off GOAMD64=v1 GOARM64=v8.0
exec go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION:-dev}" -o "$output" ./cmd/tokenwright
