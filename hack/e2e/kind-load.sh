#!/usr/bin/env bash
# Brings an image to the nodes of a cluster of kind: kind-load.sh IMAGE FILE
#
# The image holds FILE, a static binary, which is its entrypoint.
set -euo pipefail

image=$1 file=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
name=${file##*/}
cp "$file" "$folder/$name"
printf 'FROM scratch\nCOPY %s /%s\nUSER 65532:65532\nENTRYPOINT ["/%s"]\n' "$name" "$name" "$name" >"$folder/Dockerfile"
docker build --quiet --tag "$image" "$folder" >/dev/null
kind load docker-image "$image" --name "${E2E_KIND_CLUSTER:-kind}"
