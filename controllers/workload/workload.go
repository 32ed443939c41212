package workload

import (
	corev1 "k8s.io/api/core/v1"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// Image is what the Pods run, unless the TokenIssuer names an image of its own.
type Image struct {
	Name        string
	PullPolicy  corev1.PullPolicy
	PullSecrets []corev1.LocalObjectReference
}

// Managed tells whether the operator runs ti.
func Managed(ti *v1alpha1.TokenIssuer) bool {
	return ti.Spec.Deployment == nil || ti.Spec.Deployment.Management != v1alpha1.External
}

// deployment is what ti says of it; nothing when it says nothing.
func deployment(ti *v1alpha1.TokenIssuer) v1alpha1.Deployment {
	if ti.Spec.Deployment == nil {
		return v1alpha1.Deployment{}
	}
	return *ti.Spec.Deployment
}

// exposure is what ti says of it; nothing when it says nothing.
func exposure(ti *v1alpha1.TokenIssuer) v1alpha1.Exposure {
	if ti.Spec.Exposure == nil {
		return v1alpha1.Exposure{}
	}
	return *ti.Spec.Exposure
}

// Proxied tells whether a gateway or an ingress leads to the issuer.
func Proxied(ti *v1alpha1.TokenIssuer) bool {
	return exposure(ti).HTTPRoute != nil || exposure(ti).Ingress != nil
}

// TrustsProxies tells whether the word of any proxy on where requests come from is believed.
func TrustsProxies(ti *v1alpha1.TokenIssuer) bool { return len(deployment(ti).TrustedProxies) > 0 }

// Name is what all objects that run ti are called.
func Name(ti *v1alpha1.TokenIssuer) string { return registration.ServiceName(ti.Name) }

// selector are the labels by which the Pods of ti are known. They never change.
func selector(ti *v1alpha1.TokenIssuer) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":      "tokenwright",
		"app.kubernetes.io/component": "issuer",
		"app.kubernetes.io/instance":  ti.Name,
	}
}

// labels stand on all objects.
func labels(ti *v1alpha1.TokenIssuer) map[string]string {
	all := selector(ti)
	all["app.kubernetes.io/part-of"] = "tokenwright"
	all[v1alpha1.ManagedByLabel] = v1alpha1.ManagedByValue
	all[v1alpha1.IssuerLabel] = ti.Name
	return all
}

// owner makes an object go when ti goes.
func owner(ti *v1alpha1.TokenIssuer) *metaac.OwnerReferenceApplyConfiguration {
	return metaac.OwnerReference().
		WithAPIVersion(v1alpha1.GroupVersion.String()).WithKind("TokenIssuer").
		WithName(ti.Name).WithUID(ti.UID).WithController(true)
}
