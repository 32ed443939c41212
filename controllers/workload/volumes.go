package workload

import (
	"cmp"

	"k8s.io/apimachinery/pkg/api/resource"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// What is mounted into the container, and where: the names of volumes and their folders.
const (
	accountVolume = "service-account"
	accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount" // where client-go looks

	tlsVolume = "tls"
	tlsFolder = "/etc/tokenwright/tls" // what the issuer takes without --tls-cert-file

	sealingVolume = "sealing-keys"
	sealingFolder = "/etc/tokenwright/sealing-keys"
	sealingFile   = registration.RingDataKey

	stateVolume = "state"
	stateFolder = "/var/lib/tokenwright"
)

// tokenLifetime is that of the Pod's ServiceAccount token, in seconds, which the kubelet renews; the odd seven are what
// Kubernetes itself asks for.
const tokenLifetime = 3607

// stateLimit is far above what the snapshot of 100,000 clients takes.
var stateLimit = resource.MustParse("1Gi")

// SecretName is the Secret with the certificate that the Pods of ti serve.
func SecretName(ti *v1alpha1.TokenIssuer) string {
	if ti.Spec.TLS == nil {
		return Name(ti) + "-tls"
	}
	return cmp.Or(ti.Spec.TLS.SecretName, Name(ti)+"-tls")
}

// volumes are ours; a patch may add others.
func volumes(ti *v1alpha1.TokenIssuer) []*coreac.VolumeApplyConfiguration {
	out := []*coreac.VolumeApplyConfiguration{
		coreac.Volume().WithName(accountVolume).WithProjected(coreac.ProjectedVolumeSource().WithSources(
			coreac.VolumeProjection().WithServiceAccountToken(coreac.ServiceAccountTokenProjection().
				WithPath("token").WithExpirationSeconds(tokenLifetime)),
			coreac.VolumeProjection().WithConfigMap(coreac.ConfigMapProjection().
				WithName("kube-root-ca.crt").WithItems(coreac.KeyToPath().WithKey("ca.crt").WithPath("ca.crt"))),
			coreac.VolumeProjection().WithDownwardAPI(coreac.DownwardAPIProjection().WithItems(coreac.DownwardAPIVolumeFile().
				WithPath("namespace").WithFieldRef(coreac.ObjectFieldSelector().WithAPIVersion("v1").WithFieldPath("metadata.namespace")))))),
		coreac.Volume().WithName(sealingVolume).WithSecret(coreac.SecretVolumeSource().
			WithSecretName(registration.SealingRingName(ti.Name)).
			WithItems(coreac.KeyToPath().WithKey(registration.RingDataKey).WithPath(sealingFile))),
		coreac.Volume().WithName(stateVolume).WithEmptyDir(coreac.EmptyDirVolumeSource().WithSizeLimit(stateLimit)),
	}
	if !Plain(ti) {
		out = append(out, coreac.Volume().WithName(tlsVolume).WithSecret(coreac.SecretVolumeSource().WithSecretName(SecretName(ti))))
	}
	return out
}

func mounts(ti *v1alpha1.TokenIssuer) []*coreac.VolumeMountApplyConfiguration {
	mount := func(volume, folder string) *coreac.VolumeMountApplyConfiguration {
		return coreac.VolumeMount().WithName(volume).WithMountPath(folder)
	}
	out := []*coreac.VolumeMountApplyConfiguration{
		mount(accountVolume, accountFolder).WithReadOnly(true),
		mount(sealingVolume, sealingFolder).WithReadOnly(true),
		mount(stateVolume, stateFolder),
	}
	if !Plain(ti) {
		out = append(out, mount(tlsVolume, tlsFolder).WithReadOnly(true))
	}
	return out
}
