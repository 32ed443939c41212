package tokenissuer

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/workload"
)

// warnings are conditions that Ready does not sum up: the issuer serves, and somebody should look all the same.
func warnings(ti *v1alpha1.TokenIssuer) []metav1.Condition {
	if !workload.Proxied(ti) {
		return nil
	}
	if !workload.TrustsProxies(ti) {
		return []metav1.Condition{condition.False(v1alpha1.SourcesKnown, v1alpha1.ReasonNoTrustedProxies,
			"all requests seem to come from the gateway or ingress: whoever fails too often spends the budget of everybody; "+
				"set spec.deployment.trustedProxies to the addresses of its Pods, and of nothing else")}
	}
	return []metav1.Condition{condition.True(v1alpha1.SourcesKnown, v1alpha1.ReasonTrustedProxies,
		"what trusted proxies say of where requests come from is believed")}
}
