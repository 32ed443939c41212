package workload

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"

	"tokenwright.dev/api/v1alpha1"
)

const (
	containerName      = "issuer"
	endpointsPortName  = "endpoints"
	operationsPortName = "operations"
	// defaultMaxStaleness holds where the TokenIssuer does not say.
	defaultMaxStaleness v1alpha1.Duration = "24h"
)

func container(ti *v1alpha1.TokenIssuer, image Image) *coreac.ContainerApplyConfiguration {
	c := coreac.Container().
		WithName(containerName).
		WithImage(cmp.Or(deployment(ti).Image, image.Name)).
		WithArgs(arguments(ti)...).
		WithEnv(memoryLimit()...).
		WithPorts(
			coreac.ContainerPort().WithName(endpointsPortName).WithContainerPort(endpointsPort).WithProtocol(corev1.ProtocolTCP),
			coreac.ContainerPort().WithName(operationsPortName).WithContainerPort(operationsPort).WithProtocol(corev1.ProtocolTCP)).
		WithStartupProbe(probe("/healthz", 1).WithFailureThreshold(60)).
		WithLivenessProbe(probe("/healthz", 10).WithFailureThreshold(3)).
		WithReadinessProbe(probe("/readyz", 2).WithFailureThreshold(2)).
		WithLifecycle(coreac.Lifecycle().WithPreStop(coreac.LifecycleHandler().
			WithSleep(coreac.SleepAction().WithSeconds(leaving)))).
		WithResources(resources(deployment(ti).Resources)).
		WithSecurityContext(coreac.SecurityContext().
			WithAllowPrivilegeEscalation(false).WithReadOnlyRootFilesystem(true).WithRunAsNonRoot(true).
			WithCapabilities(coreac.Capabilities().WithDrop("ALL"))).
		WithVolumeMounts(mounts(ti)...)
	if image.PullPolicy != "" && deployment(ti).Image == "" {
		c.WithImagePullPolicy(image.PullPolicy)
	}
	return c
}

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

func arguments(ti *v1alpha1.TokenIssuer) []string {
	args := []string{
		"issuer",
		"--namespace=" + ti.Namespace,
		"--name=" + ti.Name,
		"--listen=:8443",
		"--ops-listen=:8081",
		"--drain-delay=" + drain,
		"--state-dir=" + stateFolder,
		"--sealing-keys-file=" + sealingFolder + "/" + sealingFile,
		"--max-staleness=" + string(cmp.Or(deployment(ti).MaxStaleness, defaultMaxStaleness)),
	}
	if Plain(ti) {
		args = append(args, "--plain-http")
	}
	if proxies := deployment(ti).TrustedProxies; len(proxies) > 0 {
		args = append(args, "--trusted-proxies="+join(proxies))
	}
	return args
}

func join(networks []v1alpha1.CIDR) string {
	texts := make([]string, 0, len(networks))
	for _, network := range networks {
		texts = append(texts, string(network))
	}
	return strings.Join(texts, ",")
}

func probe(path string, period int32) *coreac.ProbeApplyConfiguration {
	return coreac.Probe().
		WithHTTPGet(coreac.HTTPGetAction().WithPath(path).WithPort(intstr.FromString(operationsPortName))).
		WithPeriodSeconds(period).WithTimeoutSeconds(2)
}

// defaultResources hold where the TokenIssuer does not say. There is no limit of CPU: a token that waits for its quota is
// a token that is late.
var (
	defaultRequests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("64Mi")}
	defaultLimits   = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("256Mi")}
)

func resources(wish *v1alpha1.Resources) *coreac.ResourceRequirementsApplyConfiguration {
	if wish == nil {
		return coreac.ResourceRequirements().WithRequests(defaultRequests).WithLimits(defaultLimits)
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
