#!/usr/bin/env bash
# Builds Helm, for the tests of the chart, and prints the path of the program on stdout.
# Messages go to stderr. The program is kept by content below TOKENWRIGHT_CACHE, as the control plane is.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../lib/cached-build.sh
source "$here/../../lib/cached-build.sh"

command -v go >/dev/null || die "Go is needed to build Helm, see go.mod for the version"

cd "$here"
unset GOOS GOARCH
export CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly

build() {
	say "Building Helm from Go modules."
	go_build_shown "This takes about 3 minutes on 2 cores the first time; the result is kept in $(cache_root)." \
		"$1/helm" -trimpath -buildvcs=false -gcflags=all=-dwarf=false -ldflags "-s -w"
}

folder=$(cached_build helm "$(content_key ./*.go go.mod go.sum build.sh)" build)
printf '%s\n' "$folder/helm"
