package workload

import (
	"net/netip"
	"net/url"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	networkingac "k8s.io/client-go/applyconfigurations/networking/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// wellKnown are the places of metadata that stand before the issuer's path (RFC 8414 section 3.1, and section 5 for those
// that know OpenID Connect's name alone).
var wellKnown = []string{registration.MetadataPath, "/.well-known/openid-configuration"}

// place is a host, empty for an IP address, which is no host to route by, and the prefixes of the paths that are the
// issuer's there.
type place struct {
	host     string
	prefixes []string
}

// places are where the issuer is reached: under its URL, under a new one that is prepared, and under those that it had
// before. A host stands there once.
func places(ti *v1alpha1.TokenIssuer) []place {
	all := []string{ti.Spec.URL}
	if ti.Status.PendingURL != "" {
		all = append(all, ti.Status.PendingURL)
	}
	for _, previous := range ti.Status.PreviousURLs {
		all = append(all, previous.URL)
	}
	var out []place
	for _, url := range all {
		host, prefixes := address(url)
		i := slices.IndexFunc(out, func(p place) bool { return p.host == host })
		if i < 0 {
			out, i = append(out, place{host: host}), len(out)
		}
		for _, prefix := range prefixes {
			if !slices.Contains(out[i].prefixes, prefix) {
				out[i].prefixes = append(out[i].prefixes, prefix)
			}
		}
	}
	return out
}

// address is the place of an issuer's URL.
func address(issuer string) (host string, prefixes []string) {
	parsed, err := url.Parse(issuer)
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
	spec, tls := networkingac.IngressSpec(), networkingac.IngressTLS()
	for _, at := range places(ti) {
		paths := networkingac.HTTPIngressRuleValue()
		for _, prefix := range at.prefixes {
			paths.WithPaths(networkingac.HTTPIngressPath().WithPath(prefix).WithPathType(networkingv1.PathTypePrefix).WithBackend(backend))
		}
		rule := networkingac.IngressRule().WithHTTP(paths)
		if at.host != "" {
			rule.WithHost(at.host)
			tls.WithHosts(at.host)
		}
		spec.WithRules(rule)
	}
	if wish.ClassName != "" {
		spec.WithIngressClassName(wish.ClassName)
	}
	if wish.TLSSecretName != "" {
		spec.WithTLS(tls.WithSecretName(wish.TLSSecretName))
	}
	return networkingac.Ingress(Name(ti), ti.Namespace).WithLabels(labels(ti)).WithOwnerReferences(owner(ti)).
		WithAnnotations(annotations(wish.Annotations)).WithSpec(spec)
}
