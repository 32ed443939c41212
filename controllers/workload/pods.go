package workload

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsac "k8s.io/client-go/applyconfigurations/apps/v1"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"

	"tokenwright.dev/api/v1alpha1"
)

const (
	// progressDeadline is how long Pods may take to come up before the Deployment counts as failed, in seconds.
	progressDeadline = 300
	// revisions is how many former versions of the Pods are remembered.
	revisions = 3
)

// pods runs the Pods of a template. A number of replicas of nil leaves that to others.
func pods(ti *v1alpha1.TokenIssuer, replicas *int32, template *coreac.PodTemplateSpecApplyConfiguration) *appsac.DeploymentApplyConfiguration {
	spec := appsac.DeploymentSpec().
		WithSelector(metaac.LabelSelector().WithMatchLabels(selector(ti))).
		WithStrategy(strategy(ti)).
		WithProgressDeadlineSeconds(progressDeadline).
		WithRevisionHistoryLimit(revisions).
		WithTemplate(template)
	spec.Replicas = replicas
	return appsac.Deployment(Name(ti), ti.Namespace).WithLabels(labels(ti)).WithOwnerReferences(owner(ti)).WithSpec(spec)
}

// strategy replaces Pods one by one, each only when its successor serves, unless one must have none beside it.
func strategy(ti *v1alpha1.TokenIssuer) *appsac.DeploymentStrategyApplyConfiguration {
	if alone(ti) {
		return appsac.DeploymentStrategy().WithType(appsv1.RecreateDeploymentStrategyType)
	}
	return appsac.DeploymentStrategy().
		WithType(appsv1.RollingUpdateDeploymentStrategyType).
		WithRollingUpdate(appsac.RollingUpdateDeployment().
			WithMaxUnavailable(intstr.FromInt32(0)).WithMaxSurge(intstr.FromInt32(1)))
}
