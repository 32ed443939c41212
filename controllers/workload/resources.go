package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"

	"tokenwright.dev/api/v1alpha1"
)

// defaultRequests hold where the TokenIssuer does not say, and so does a limit of memory. There is no limit of CPU: a token
// that waits for its quota is a token that is late.
var defaultRequests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("64Mi")}

// resources are those that are wished for. Where nothing is, the limit of memory has room for hashing passwords of so many
// bytes.
func resources(wish *v1alpha1.Resources, hashing int64) *coreac.ResourceRequirementsApplyConfiguration {
	if wish == nil {
		return coreac.ResourceRequirements().WithRequests(defaultRequests).WithLimits(corev1.ResourceList{corev1.ResourceMemory: defaultLimit(hashing)})
	}
	out := coreac.ResourceRequirements()
	if wish.Requests != nil {
		out.WithRequests(amounts(wish.Requests))
	}
	if wish.Limits != nil {
		out.WithLimits(amounts(wish.Limits))
	}
	return out
}

func amounts(wish *v1alpha1.ResourceAmounts) corev1.ResourceList {
	list := corev1.ResourceList{}
	if wish.CPU != nil {
		list[corev1.ResourceCPU] = *wish.CPU
	}
	if wish.Memory != nil {
		list[corev1.ResourceMemory] = *wish.Memory
	}
	return list
}
