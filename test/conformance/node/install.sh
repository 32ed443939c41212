#!/usr/bin/env bash
# Installs the libraries that the issuer is judged by under node, as package-lock.json pins them, and prints the folder
# that holds their node_modules. Messages go to stderr. The folder is kept by the content of the lock file below
# TOKENWRIGHT_CACHE, as the control plane is, so the second run needs no network.
#
# Where node is missing it prints nothing: then Go's libraries judge alone. In CI that is a failure.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../../hack/lib/cached-build.sh
source "$here/../../../hack/lib/cached-build.sh"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	need="openid-client, oauth4webapi and oidc-provider need node, version 20.19 or later, with npm (Debian: apt-get install nodejs npm)"
	[[ -z ${CI:-} ]] || die "$need"
	say "$need: they are left out."
	exit 0
fi

build() {
	say "Installing openid-client, oauth4webapi and oidc-provider from npm."
	cp "$here/package.json" "$here/package-lock.json" "$1"
	npm ci --prefix "$1" --engine-strict --ignore-scripts --no-audit --no-fund --no-update-notifier >&2
}

key=$(sha256sum -- "$here/package-lock.json" "$here/install.sh" | sha256sum | cut -c1-16)
cached_build conformance "$key" build
