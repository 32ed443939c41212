package oauthclient

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"tokenwright.dev/api/v1alpha1"
)

// issuerMissing says what to do about a TokenIssuer that is not there. A client's issuerRef cannot change, so one that names
// no issuer of its own waits for the platform team's.
func issuerMissing(oc *v1alpha1.OAuthClient, seen observation) string {
	switch {
	case seen.elsewhere:
		return fmt.Sprintf("issuerRef names TokenIssuer %s, and this operator serves none in that namespace (--issuer-namespaces): "+
			"make the client anew with an issuerRef to one that it serves", seen.issuerKey)
	case seen.place == placeGone:
		return fmt.Sprintf("namespace %s is not there, and with it TokenIssuer %s: the platform team can make both (again), and this "+
			"client then goes on by itself", seen.issuerKey.Namespace, seen.issuerKey.Name)
	case oc.Spec.IssuerRef == nil:
		return fmt.Sprintf("TokenIssuer %s, which serves clients without issuerRef (--default-issuer), is not there: "+
			"the platform team can apply it (again), and this client then goes on by itself", seen.issuerKey)
	}
	return fmt.Sprintf("there is no TokenIssuer %s: apply it, or make the client anew with the right name in issuerRef, which cannot change",
		seen.issuerKey)
}

// notAdmitted says why an issuer takes no clients of a namespace, and what the namespace would need.
func notAdmitted(seen observation) string {
	from := seen.issuer.Spec.ClientNamespaces
	if from == nil || from.From == v1alpha1.NamespacesSame {
		return fmt.Sprintf("TokenIssuer %s takes clients of its own namespace alone, and none of namespace %s: the platform team can set "+
			"clientNamespaces.from to All, or to Selector with a selector", seen.issuerKey, seen.subject.Namespace)
	}
	unmet := unmet(from.Selector, seen.subject.NamespaceLabels)
	return fmt.Sprintf("TokenIssuer %s takes clients of namespaces that its clientNamespaces.selector selects: %s; the platform team can "+
		"label namespace %s", seen.issuerKey, strings.Join(unmet, ", "), seen.subject.Namespace)
}

// unmet says what a selector wants, and what is there instead.
func unmet(selector *metav1.LabelSelector, have map[string]string) []string {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return nil
	}
	var out []string
	requirements, some := parsed.Requirements()
	if !some {
		return []string{"it selects none"}
	}
	for _, r := range requirements {
		if r.Matches(labels.Set(have)) {
			continue
		}
		is := "the namespace has no label " + r.Key()
		if value, has := have[r.Key()]; has {
			is = fmt.Sprintf("the namespace has %s=%s", r.Key(), value)
		}
		out = append(out, fmt.Sprintf("it wants %s, %s", r.String(), is))
	}
	return out
}

// askFor says who can give what no policy gives, and which lines do. Field is that of a TokenPolicy, as resourceServers.
func askFor(seen observation, field string, values ...string) string {
	return fmt.Sprintf("ask the platform team for a TokenPolicy in namespace %s that selects this client, with %s: {allowed: [%s]}",
		seen.issuerKey.Namespace, field, strings.Join(values, ", "))
}
