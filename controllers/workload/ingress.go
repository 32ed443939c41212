package workload

import (
	"net/netip"
	"net/url"

	networkingv1 "k8s.io/api/networking/v1"
	networkingac "k8s.io/client-go/applyconfigurations/networking/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// wellKnown are the places of metadata that stand before the issuer's path (RFC 8414 section 3.1, and section 5 for those
// that know OpenID Connect's name alone).
var wellKnown = []string{registration.MetadataPath, "/.well-known/openid-configuration"}

// address is the host of the issuer's URL, empty for an IP address, which is no host to route by; and the prefixes of the
// paths that are the issuer's.
func address(ti *v1alpha1.TokenIssuer) (host string, prefixes []string) {
	parsed, err := url.Parse(ti.Spec.URL)
	if err != nil {
		return "", nil // admission has seen to it
	}
	if _, err := netip.ParseAddr(parsed.Hostname()); err != nil {
		host = parsed.Hostname()
	}
	if parsed.Path == "" {
		return host, []string{"/"}
	}
	prefixes = []string{parsed.Path}
	for _, place := range wellKnown {
		prefixes = append(prefixes, place+parsed.Path)
	}
	return host, prefixes
}

func ingress(ti *v1alpha1.TokenIssuer) *networkingac.IngressApplyConfiguration {
	wish := exposure(ti).Ingress
	if wish == nil {
		return nil
	}
	name, _ := ServicePort(ti)
	backend := networkingac.IngressBackend().WithService(networkingac.IngressServiceBackend().
		WithName(Name(ti)).WithPort(networkingac.ServiceBackendPort().WithName(name)))
	host, prefixes := address(ti)
	paths := networkingac.HTTPIngressRuleValue()
	for _, prefix := range prefixes {
		paths.WithPaths(networkingac.HTTPIngressPath().WithPath(prefix).WithPathType(networkingv1.PathTypePrefix).WithBackend(backend))
	}
	rule := networkingac.IngressRule().WithHTTP(paths)
	tls := networkingac.IngressTLS()
	if host != "" {
		rule.WithHost(host)
		tls.WithHosts(host)
	}
	spec := networkingac.IngressSpec().WithRules(rule)
	if wish.ClassName != "" {
		spec.WithIngressClassName(wish.ClassName)
	}
	if wish.TLSSecretName != "" {
		spec.WithTLS(tls.WithSecretName(wish.TLSSecretName))
	}
	return networkingac.Ingress(Name(ti), ti.Namespace).WithLabels(labels(ti)).WithOwnerReferences(owner(ti)).
		WithAnnotations(annotations(wish.Annotations)).WithSpec(spec)
}
