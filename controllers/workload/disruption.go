package workload

import (
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"
	policyac "k8s.io/client-go/applyconfigurations/policy/v1"

	"tokenwright.dev/api/v1alpha1"
)

// disruptionBudget lets one Pod at a time be evicted. A Pod that does not serve anyway holds up no drain of a node.
func disruptionBudget(ti *v1alpha1.TokenIssuer) *policyac.PodDisruptionBudgetApplyConfiguration {
	return policyac.PodDisruptionBudget(Name(ti), ti.Namespace).WithLabels(labels(ti)).WithOwnerReferences(owner(ti)).
		WithSpec(policyac.PodDisruptionBudgetSpec().
			WithSelector(metaac.LabelSelector().WithMatchLabels(selector(ti))).
			WithMaxUnavailable(intstr.FromInt32(1)).
			WithUnhealthyPodEvictionPolicy(policyv1.AlwaysAllow))
}
