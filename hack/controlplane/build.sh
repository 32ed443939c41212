#!/usr/bin/env bash
# Builds the Kubernetes control plane for tests, `make dev` and `make demo`, and prints on stdout the folder
# to use as KUBEBUILDER_ASSETS. Messages go to stderr, so this works:
#
#	KUBEBUILDER_ASSETS=$(hack/controlplane/build.sh) go test ./...
#
# The programs are upstream's, compiled from Go modules: nothing prebuilt is downloaded. The result is kept by
# content below TOKENWRIGHT_CACHE (default: tokenwright in the user's cache folder) and shared by all clones.
# A KUBEBUILDER_ASSETS that already holds the programs is used as it is.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cached-build.sh
source "$here/../lib/cached-build.sh"

programs=(etcd kube-apiserver kube-controller-manager kubectl)

# complete FOLDER tells whether all four programs are there to run.
complete() {
	local program
	for program in "${programs[@]}"; do
		[[ -x $1/$program ]] || return 1
	done
}

if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
	if complete "$KUBEBUILDER_ASSETS"; then
		printf '%s\n' "$KUBEBUILDER_ASSETS"
		exit 0
	fi
	say "KUBEBUILDER_ASSETS does not hold all of: ${programs[*]}. Using a control plane built here instead."
fi

command -v go >/dev/null || die "Go is needed to build the control plane, see go.mod for the version"

cd "$here"
unset GOOS GOARCH
export CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly

build() {
	local version major minor stamp
	version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
	IFS=. read -r major minor _ <<<"${version#v}"
	stamp=k8s.io/component-base/version
	say "Building Kubernetes $version and etcd from Go modules, for envtest and the local stack."
	# Nobody debugs these programs here, so they are compiled without debug information.
	go_build_shown "This takes about 5 minutes on 2 cores the first time; the result is kept in $(cache_root)." \
		"$1/controlplane" -trimpath -buildvcs=false -gcflags=all=-dwarf=false \
		-ldflags "-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=$major -X $stamp.gitMinor=$minor"
	local program
	for program in "${programs[@]}"; do
		ln -s controlplane "$1/$program"
	done
}

cached_build controlplane "$(content_key ./*.go go.mod go.sum build.sh)" build
