#!/usr/bin/env bash
# Builds the control plane of another Kubernetes by the same recipe, and prints the folder to use as KUBEBUILDER_ASSETS:
#
#	KUBEBUILDER_ASSETS=$(hack/controlplane/other.sh v1.35.4 v3.6.16) go test ./test/cel ./test/samples
#
# The arguments are versions of k8s.io/kubernetes and of etcd. All else is what these ask for. Messages go to stderr.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cached-build.sh
source "$here/../lib/cached-build.sh"

(($# == 2)) || die "usage: other.sh KUBERNETES ETCD, such as v1.35.4 v3.6.16"
kubernetes=$1 etcd=$2 staging=v0${1#v1}

unset GOOS GOARCH KUBEBUILDER_ASSETS
export GOWORK=off GOFLAGS=-mod=mod

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/controlplane" "$folder/lib"
cp "$here"/*.go "$here/build.sh" "$folder/controlplane"
cp "$here"/../lib/*.sh "$folder/lib"
cd "$folder/controlplane"

# Kubernetes publishes its staging modules under versions of their own, and asks for v0.0.0 of them.
modules=$(go mod download -json "k8s.io/kubernetes@$kubernetes" | sed -n 's/^\t"GoMod": "\(.*\)",\{0,1\}$/\1/p')
{
	grep -E '^(module|go) ' "$here/go.mod"
	printf 'require (\n\tgo.etcd.io/etcd/server/v3 %s\n\tk8s.io/kubernetes %s\n)\n' "$etcd" "$kubernetes"
	sed -n "s|^\t\(k8s.io/[a-z-]*\) v0\.0\.0\( //.*\)\{0,1\}\$|replace \1 => \1 $staging|p" "$modules"
} >go.mod
go mod tidy >&2
./build.sh
