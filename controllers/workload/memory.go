package workload

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/login"
)

const (
	mib = 1 << 20
	// ofMiB is what the runtime is told for each MiB of the limit, in bytes: 95 % of it.
	ofMiB = 1_000_000
	// usualLimit is the default limit of memory, in MiB, and limitStep what it grows by, so that not each change of a hash
	// replaces all Pods.
	usualLimit, limitStep = 256, 64
)

// memoryLimit tells the Go runtime to stay below the memory that the container may use, whatever a patch makes of that:
// else the first it hears of the limit is its end. As many million bytes as the limit has MiB are 95 % of it. Of a limit
// of CPU the runtime finds out by itself.
func memoryLimit() []*coreac.EnvVarApplyConfiguration {
	return []*coreac.EnvVarApplyConfiguration{
		coreac.EnvVar().WithName("MEMORY_LIMIT_MIB").WithValueFrom(coreac.EnvVarSource().WithResourceFieldRef(
			coreac.ResourceFieldSelector().WithResource("limits.memory").WithDivisor(resource.MustParse("1Mi")))),
		coreac.EnvVar().WithName("GOMEMLIMIT").WithValue("$(MEMORY_LIMIT_MIB)000000"),
	}
}

// LimitFor is the least limit of memory with which passwords can be checked that need so many bytes.
func LimitFor(hashing int64) *resource.Quantity {
	return resource.NewQuantity(limitFor(hashing)*mib, resource.BinarySI)
}

func limitFor(hashing int64) int64 { return (login.LimitForHashing(hashing) + ofMiB - 1) / ofMiB }

// defaultLimit has room for everything else, and for hashing.
func defaultLimit(hashing int64) resource.Quantity {
	steps := (limitFor(hashing) + limitStep - 1) / limitStep
	return *resource.NewQuantity(max(steps*limitStep, usualLimit)*mib, resource.BinarySI)
}

// RuntimeLimit is what the Go runtime of each replica of ti is told of its limit of memory, in bytes, with the default where
// hashing needs so much. It reports false where there is no limit.
func RuntimeLimit(ti *v1alpha1.TokenIssuer, hashing int64) (bytes int64, limited bool) {
	template, err := Template(ti, Image{}, "", hashing)
	if err != nil { // the former Pods stay, until it is mended
		limits := resources(deployment(ti).Resources, hashing).Limits
		if limits == nil {
			return 0, false
		}
		return runtimeLimit(*limits)
	}
	for _, c := range template.Spec.Containers {
		if c.Name != nil && *c.Name == containerName && c.Resources != nil && c.Resources.Limits != nil {
			return runtimeLimit(*c.Resources.Limits)
		}
	}
	return 0, false
}

// runtimeLimit is what becomes of a limit in a Pod: MiB are rounded up there.
func runtimeLimit(limits corev1.ResourceList) (bytes int64, limited bool) {
	limit, ok := limits[corev1.ResourceMemory]
	if !ok || limit.IsZero() {
		return 0, false
	}
	return (limit.Value() + mib - 1) / mib * ofMiB, true
}

// Hashing is what checking a password needs, in bytes. While it is not Known all of it, there may be a costlier one.
type Hashing struct {
	Memory int64
	Known  bool
}

// Beside is what to make room for where live runs: a file of users that is away for a moment does not take room away, which
// would replace all Pods.
func (h Hashing) Beside(live *appsv1.Deployment) int64 {
	if h.Known {
		return h.Memory
	}
	for i := range live.Spec.Template.Spec.Containers {
		c := &live.Spec.Template.Spec.Containers[i]
		if limit, limited := runtimeLimit(c.Resources.Limits); limited && c.Name == containerName {
			return max(h.Memory, login.HashingBudget(limit))
		}
	}
	return h.Memory
}
