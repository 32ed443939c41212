#!/usr/bin/env bash
# Finds nginx for the tests of this folder, and prints its path. Where there is none, Debian's is fetched by apt-get and
# unpacked, not installed: so no service starts, now or later, and nothing outside the cache changes. Messages go to stderr.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../hack/lib/cached-build.sh
source "$here/../../hack/lib/cached-build.sh"

if PATH=$PATH:/usr/sbin command -v nginx; then
	exit
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
	die "there is no nginx here: install one"
fi

# fetch needs the lists of packages, which only root can bring up to date.
fetch() { apt-get -q -o APT::Sandbox::User=root download nginx; }

build() {
	say "There is no nginx here, so Debian's is fetched."
	cd "$1"
	if ! fetch; then
		[[ $(id -u) == 0 ]] || die "apt-get found no nginx: let root run 'apt-get update', or install nginx"
		apt-get update -q
		fetch
	fi
	dpkg-deb -x nginx_*.deb .
	rm nginx_*.deb
	./usr/sbin/nginx -v # says which library is missing, if one is
}

key=$(sha256sum -- "$here/nginx.sh" /etc/os-release | sha256sum | cut -c1-16)
folder=$(cached_build nginx "$key" build)
printf '%s/usr/sbin/nginx\n' "$folder"
