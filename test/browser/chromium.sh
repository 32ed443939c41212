#!/usr/bin/env bash
# Finds the browser for the tests of this folder, and prints its path. Where there is none, root on Debian gets its
# chromium, by apt-get; everybody else is told what to do. Messages go to stderr.
set -euo pipefail

find_browser() {
	local name
	for name in chromium chromium-browser google-chrome; do
		if command -v "$name"; then
			return
		fi
	done
	return 1
}

if find_browser; then
	exit
fi
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
	echo "There is no chromium, chromium-browser or google-chrome here: install one, on Debian by" \
		"'apt-get install --no-install-recommends chromium'." >&2
	exit 1
fi
# Without a font of its own there would be nothing to read.
install=(apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core)
echo "There is no browser here, so Debian's is installed: ${install[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
{
	apt-get update -q
	"${install[@]}"
} >&2
find_browser
