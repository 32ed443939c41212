package workload

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"
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

func container(ti *v1alpha1.TokenIssuer, image Image, hashing int64) *coreac.ContainerApplyConfiguration {
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
		WithResources(resources(deployment(ti).Resources, hashing)).
		WithSecurityContext(coreac.SecurityContext().
			WithAllowPrivilegeEscalation(false).WithReadOnlyRootFilesystem(true).WithRunAsNonRoot(true).
			WithCapabilities(coreac.Capabilities().WithDrop("ALL"))).
		WithVolumeMounts(mounts(ti)...)
	if image.PullPolicy != "" && deployment(ti).Image == "" {
		c.WithImagePullPolicy(image.PullPolicy)
	}
	return c
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
