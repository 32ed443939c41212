#!/usr/bin/env bash
# Removes Tokenwright from the cluster of the current kubeconfig in the order in which nothing sticks, and keeps its
# namespace, with the key rings. NAMESPACE is the operator's namespace, TIMEOUT how long to wait for each step, KUBECTL the
# kubectl to use.
set -euo pipefail

namespace=${NAMESPACE:-tokenwright-system}
timeout=${TIMEOUT:-2m}
kubectl=${KUBECTL:-kubectl}
part_of=app.kubernetes.io/part-of=tokenwright
made=app.kubernetes.io/managed-by=tokenwright
kinds=(oauthclients tokenpolicies tokenissuers)

say() { printf '%s\n' "$@"; }

# known prints those of our kinds that the cluster has: a second run finds none.
known() {
	local kind
	for kind in "${kinds[@]}"; do
		if "$kubectl" get crd "$kind.oauth.tokenwright.dev" >/dev/null 2>&1; then printf '%s\n' "$kind"; fi
	done
}

# stuck says why the first step did not end, and what to do.
stuck() {
	say "" "These did not go within $timeout:" >&2
	"$kubectl" get "$1" --all-namespaces --ignore-not-found >&2 || true
	say "The operator takes back what it gave to a client before it lets the client go, so it has to run:" \
		"  $kubectl -n $namespace get deployment,pods -l $part_of" \
		"If it was removed first, install it again and repeat this; docs/install.md has another way out." >&2
	exit 1
}

# observed removes what config/prometheus brings, where the cluster knows these kinds.
observed() {
	"$kubectl" -n "$namespace" delete configmaps -l "$part_of"
	if "$kubectl" get crd podmonitors.monitoring.coreos.com >/dev/null 2>&1; then
		"$kubectl" -n "$namespace" delete servicemonitors,podmonitors,prometheusrules -l "$part_of"
	fi
}

# join prints its arguments with commas between them.
join() {
	local IFS=,
	printf '%s\n' "$*"
}

main() {
	local left
	mapfile -t left < <(known)
	if ((${#left[@]})); then
		say "1. Removing all clients, policies and issuers, while the operator runs"
		"$kubectl" delete "$(join "${left[@]}")" --all --all-namespaces --timeout="$timeout" || stuck "$(join "${left[@]}")"
	fi
	say "2. Removing the operator, its roles and admission policy, and the CRDs"
	"$kubectl" -n "$namespace" delete deployments,services,poddisruptionbudgets,serviceaccounts -l "$part_of" --timeout="$timeout"
	observed
	"$kubectl" delete roles,rolebindings --all-namespaces -l "$part_of"
	"$kubectl" delete clusterroles,clusterrolebindings,customresourcedefinitions -l "$part_of" --timeout="$timeout"
	"$kubectl" delete validatingadmissionpolicies,validatingadmissionpolicybindings -l "$part_of"
	"$kubectl" delete configmaps --all-namespaces -l "$made" # of policies that were deleted while no operator ran
	"$kubectl" -n "$namespace" delete lease tokenwright-operator --ignore-not-found
	say "Done. The namespace $namespace is still there with the issuers' key rings: installing again with the same" \
		"TokenIssuers goes on where this ended. To give the keys up as well, which nobody can undo:" \
		"" "  kubectl delete namespace $namespace"
}

main
