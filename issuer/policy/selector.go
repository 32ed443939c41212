package policy

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"tokenwright.dev/api/v1alpha1"
)

// Subject is a client as policies see it.
type Subject struct {
	Namespace       string
	Labels          map[string]string // of the OAuthClient
	NamespaceLabels map[string]string // of its namespace
	IssuerNamespace string
}

// Selector tells whom a policy selects. It is parsed once and asked about many clients. It is safe for concurrent use.
type Selector struct{ clients, namespaces labels.Selector }

// SelectorOf reads the selectors of an accepted policy. Root says that it stands in an issuer's namespace: elsewhere the
// selector of namespaces does not count.
func SelectorOf(spec *v1alpha1.TokenPolicySpec, root bool) Selector {
	s := Selector{clients: parsed(spec.ClientSelector), namespaces: labels.Everything()}
	if root {
		s.namespaces = parsed(spec.NamespaceSelector)
	}
	return s
}

// Selects tells whether the subject is selected.
func (s Selector) Selects(subject Subject) bool {
	return s.SelectsNamespace(subject) && s.SelectsClient(subject)
}

// SelectsNamespace tells whether the subject's namespace is selected, whatever its own labels are.
func (s Selector) SelectsNamespace(subject Subject) bool {
	return s.namespaces.Matches(labels.Set(subject.NamespaceLabels))
}

// SelectsClient tells whether the subject's own labels are selected, wherever it stands.
func (s Selector) SelectsClient(subject Subject) bool {
	return s.clients.Matches(labels.Set(subject.Labels))
}

// Admits tells whether an issuer takes clients from the subject's namespace. An absent block admits its own.
func Admits(from *v1alpha1.ClientNamespaces, subject Subject) bool {
	switch {
	case from == nil || from.From == v1alpha1.NamespacesSame:
		return subject.Namespace == subject.IssuerNamespace
	case from.From == v1alpha1.NamespacesAll:
		return true
	default:
		return from.Selector != nil && parsed(from.Selector).Matches(labels.Set(subject.NamespaceLabels))
	}
}

// parsed matches everything for a selector that is absent, and nothing for one that is none.
func parsed(selector *metav1.LabelSelector) labels.Selector {
	if selector == nil {
		return labels.Everything()
	}
	out, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return labels.Nothing()
	}
	return out
}
