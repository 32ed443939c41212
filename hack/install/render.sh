#!/usr/bin/env bash
# Prints config/default with another image, as one stream of YAML:
#
#   hack/install/render.sh IMAGE [NAMESPACE,... [COMPONENT,...]]
#
# With namespaces it is config/namespaced, for an operator that serves these alone; components are folders of config such as
# metrics and prometheus. It writes a throwaway overlay below bin/ and never edits config/. KUBECTL is the kubectl to use.
set -euo pipefail

cd "$(dirname -- "${BASH_SOURCE[0]}")/../.."

# image IMAGE prints the field "images" of an overlay: the last colon starts a tag unless a port does.
image() {
	local name=${1%%@*} tag='' digest=''
	if [[ $1 == *@* ]]; then digest=${1#*@}; fi
	if [[ ${name##*/} == *:* ]]; then
		tag=${name##*:}
		name=${name%:*}
	fi
	printf 'images:\n- name: tokenwright\n  newName: "%s"\n' "$name"
	if [[ -n $tag && -z $digest ]]; then printf '  newTag: "%s"\n' "$tag"; fi # a digest says more than a tag
	if [[ -n $digest ]]; then printf '  digest: "%s"\n' "$digest"; fi
}

# watched NAMESPACE prints the patch that makes the operator watch one namespace more.
watched() {
	printf '%s\n' '- target: {kind: Deployment, name: tokenwright-operator}' '  patch: |-' \
		"    - {op: add, path: /spec/template/spec/containers/0/args/-, value: --watch-namespaces=$1}"
}

# client_namespace NAMESPACE writes the overlay that gives the operator its Role there.
client_namespace() {
	mkdir "$overlay/$1"
	printf 'namespace: %s\nresources:\n- ../../../config/namespaced/clients\n' "$1" >"$overlay/$1/kustomization.yaml"
}

main() {
	local namespaces namespace components
	IFS=, read -r -a namespaces <<<"${2:-}"
	IFS=, read -r -a components <<<"${3:-}"
	mkdir -p bin
	overlay=$(mktemp -d bin/overlay.XXXXXX)
	trap 'rm -rf "$overlay"' EXIT
	for namespace in "${namespaces[@]}"; do
		client_namespace "$namespace"
	done
	{
		image "$1"
		printf 'resources:\n'
		if ((${#namespaces[@]})); then
			printf -- '- ../../config/namespaced\n'
			printf -- '- %s\n' "${namespaces[@]}"
			printf 'patches:\n'
			for namespace in "${namespaces[@]}"; do watched "$namespace"; done
		else
			printf -- '- ../../config/default\n'
		fi
		if ((${#components[@]})); then
			printf 'components:\n'
			printf -- '- ../../config/%s\n' "${components[@]}"
		fi
	} >"$overlay/kustomization.yaml"
	"${KUBECTL:-kubectl}" kustomize "$overlay"
}

main "$@"
