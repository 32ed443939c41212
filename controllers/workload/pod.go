package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"

	"tokenwright.dev/api/v1alpha1"
)

// user and group of the Pods, those of the image: nobody in particular.
const nobody = 65532

// How a Pod ends: for leaving, other Pods and nodes hear that it goes, while it serves as before; then it drains, and
// tells each client to come no more on its connection; then it waits for what is under way, and is killed after grace.
const (
	leaving = 5                     // seconds
	drain   = "5s"                  // of the flag --drain-delay
	grace   = leaving + 5 + 10 + 10 // seconds; the process takes at most 10 to finish
)

// template is the Pod before any patch: it meets the restricted Pod Security Standard, and of its own file system it may
// write to one folder alone. The account's UID replaces the Pods with the account: the token of one that was deleted is
// refused, also after another has its name.
func template(ti *v1alpha1.TokenIssuer, image Image, account types.UID, hashing int64) *coreac.PodTemplateSpecApplyConfiguration {
	spec := coreac.PodSpec().
		WithServiceAccountName(Name(ti)).
		WithAutomountServiceAccountToken(false). // mounted by hand, into our container alone
		WithEnableServiceLinks(false).
		WithTerminationGracePeriodSeconds(grace).
		WithSecurityContext(coreac.PodSecurityContext().
			WithRunAsNonRoot(true).WithRunAsUser(nobody).WithRunAsGroup(nobody).WithFSGroup(nobody).
			WithFSGroupChangePolicy(corev1.FSGroupChangeOnRootMismatch).
			WithSeccompProfile(coreac.SeccompProfile().WithType(corev1.SeccompProfileTypeRuntimeDefault))).
		WithTopologySpreadConstraints(spread(ti, corev1.LabelHostname), spread(ti, corev1.LabelTopologyZone)).
		WithVolumes(volumes(ti)...).
		WithContainers(container(ti, image, hashing))
	for _, secret := range image.PullSecrets {
		spec.WithImagePullSecrets(coreac.LocalObjectReference().WithName(secret.Name))
	}
	return coreac.PodTemplateSpec().
		WithLabels(labels(ti)).
		WithAnnotations(map[string]string{
			"kubectl.kubernetes.io/default-container": containerName,
			v1alpha1.AccountAnnotation:                string(account),
		}).
		WithSpec(spec)
}

// spread keeps the Pods of one version apart by a label of their nodes, where that is possible.
func spread(ti *v1alpha1.TokenIssuer, key string) *coreac.TopologySpreadConstraintApplyConfiguration {
	return coreac.TopologySpreadConstraint().
		WithTopologyKey(key).WithMaxSkew(1).WithWhenUnsatisfiable(corev1.ScheduleAnyway).
		WithLabelSelector(metaac.LabelSelector().WithMatchLabels(selector(ti))).
		WithMatchLabelKeys("pod-template-hash")
}
