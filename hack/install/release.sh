#!/usr/bin/env bash
# Writes what an installation needs into a folder: install.yaml, and the Helm chart made from the same objects:
#
#   hack/install/release.sh IMAGE FOLDER
#
# VERSION is that of the chart, KUBECTL the kubectl to use. The same sources make the same bytes.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
image=$1
mkdir -p "$2"
out=$(cd -- "$2" && pwd)

cd "$here/../.."
namespaced=$(mktemp)
observed=$(mktemp)
trap 'rm -f "$namespaced" "$observed"' EXIT
"$here/render.sh" "$image" >"$out/install.yaml"
"$here/render.sh" "$image" watched-namespace >"$namespaced"
"$here/render.sh" "$image" '' metrics,prometheus >"$observed"
go run ./hack/chart -version="${VERSION:-dev}" -default="$out/install.yaml" -namespaced="$namespaced" -observed="$observed" \
	-out="$out"
printf 'Wrote %s, %s and an archive of it.\n' "$out/install.yaml" "$out/tokenwright"
