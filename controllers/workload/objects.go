package workload

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	appsac "k8s.io/client-go/applyconfigurations/apps/v1"
	autoscalingac "k8s.io/client-go/applyconfigurations/autoscaling/v2"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"
	networkingac "k8s.io/client-go/applyconfigurations/networking/v1"
	policyac "k8s.io/client-go/applyconfigurations/policy/v1"
	rbacac "k8s.io/client-go/applyconfigurations/rbac/v1"

	"tokenwright.dev/api/v1alpha1"
)

// Around lists, in the order in which they are made, the objects around the Deployment of ti: who its Pods are and what
// they may do comes before the Pods, the ways to them after.
func Around(ti *v1alpha1.TokenIssuer) []Object {
	return []Object{
		object(ti, new(corev1.ServiceAccount), serviceAccount(ti), coreac.ExtractServiceAccount),
		object(ti, new(rbacv1.RoleBinding), roleBinding(ti), rbacac.ExtractRoleBinding),
		object(ti, new(networkingv1.NetworkPolicy), networkPolicy(ti), networkingac.ExtractNetworkPolicy),
		object(ti, new(policyv1.PodDisruptionBudget), disruptionBudget(ti), policyac.ExtractPodDisruptionBudget),
		object(ti, new(corev1.Service), service(ti), coreac.ExtractService),
		object(ti, new(networkingv1.Ingress), ingress(ti), networkingac.ExtractIngress),
		object(ti, new(autoscalingv2.HorizontalPodAutoscaler), autoscaler(ti), autoscalingac.ExtractHorizontalPodAutoscaler),
	}
}

// Deployment runs the Pods of template. Live is the Deployment as it is; its zero value when there is none.
func Deployment(ti *v1alpha1.TokenIssuer, live *appsv1.Deployment, template *coreac.PodTemplateSpecApplyConfiguration) Object {
	return object(ti, live, pods(ti, Replicas(ti, live), template), appsac.ExtractDeployment)
}
