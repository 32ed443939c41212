#!/usr/bin/env bash
# Runs the end-to-end tests: on the cluster of KUBECONFIG, whose nodes get images by E2E_IMAGE_LOAD, or, where neither is
# set, on one that kind makes for them and that goes again. docs/e2e.md tells more.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."

say() { printf '%s\n' "$*" >&2; }

die() {
	say "$0: $*"
	exit 1
}

# use_kind sets all that a cluster of kind needs.
use_kind() {
	docker info >/dev/null 2>&1 || die "there is no cluster: set KUBECONFIG, and E2E_IMAGE_LOAD to a command that brings" \
		"an image to its nodes (docs/e2e.md has some); or start Docker, for kind"
	command -v kind >/dev/null || die "Docker answers, but there is no kind: see https://kind.sigs.k8s.io"
	export E2E_KIND_CLUSTER=tokenwright-e2e
	folder=$(mktemp -d)
	trap 'kind delete cluster --name "$E2E_KIND_CLUSTER"; rm -rf "$folder"' EXIT
	export KUBECONFIG=$folder/kubeconfig
	kind create cluster --name "$E2E_KIND_CLUSTER" --wait 5m
	local node=$E2E_KIND_CLUSTER-control-plane
	export E2E_IMAGE_LOAD=$here/kind-load.sh
	export E2E_KILL_APISERVER="docker exec $node pkill -9 kube-apiserver"
	export E2E_KILL_ISSUERS="docker exec $node pkill -9 -f '^/tokenwright issuer '"
}

# found prints what a script finds, or nothing where it cannot: what needs that is left out then.
found() { "$1" || say "$2 is left out"; }

case ${KUBECONFIG:+set}${E2E_IMAGE_LOAD:+set} in
'') use_kind ;;
set) die "set both KUBECONFIG and E2E_IMAGE_LOAD, or neither, for a cluster of kind: see docs/e2e.md" ;;
esac
BROWSER_PATH=${BROWSER_PATH:-$(found test/browser/chromium.sh "The person who logs in")}
NGINX_PATH=${NGINX_PATH:-$(found test/forwardauth/nginx.sh nginx)}
export BROWSER_PATH NGINX_PATH
go test -count=1 -timeout=20m -v ./test/e2e
