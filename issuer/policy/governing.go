package policy

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"tokenwright.dev/api/v1alpha1"
)

// Standing is one TokenPolicy as it stands: Spec is its last accepted version, nil if none ever was.
type Standing struct {
	Namespace, Name string
	Spec            *v1alpha1.TokenPolicySpec
}

// PolicyName is the policy's name as status shows it.
func (s Standing) PolicyName() v1alpha1.PolicyName {
	return v1alpha1.PolicyName(s.Namespace + "/" + s.Name)
}

// Subject is a client as policies see it.
type Subject struct {
	Namespace       string
	Labels          map[string]string // of the OAuthClient
	NamespaceLabels map[string]string // of its namespace
	IssuerNamespace string
}

// Governance is the outcome of Governing.
type Governance struct {
	// Policies are those that govern the subject, in order of name.
	Policies []Standing
	// Pending are those that might, but have no accepted version.
	Pending []v1alpha1.PolicyName
	// Rooted says that a root policy is among Policies: without one nobody but the client itself would have a say.
	Rooted bool

	issuerNamespace string
}

// Governing finds, among all policies, those that the subject is under.
func Governing(subject Subject, all []Standing) Governance {
	g := Governance{issuerNamespace: subject.IssuerNamespace}
	for _, p := range all {
		root := p.Namespace == subject.IssuerNamespace
		switch {
		case !root && p.Namespace != subject.Namespace:
		case p.Spec == nil:
			g.Pending = append(g.Pending, p.PolicyName())
		case Selects(p.Spec, root, subject):
			g.Policies = append(g.Policies, p)
			g.Rooted = g.Rooted || root
		}
	}
	slices.SortFunc(g.Policies, func(a, b Standing) int { return cmp.Compare(a.PolicyName(), b.PolicyName()) })
	slices.Sort(g.Pending)
	return g
}

// Rules is the meet of all policies that govern. Only a root policy can give what nobody has by default, a lifetime beyond
// the built-in longest among it.
func (g Governance) Rules() Rules {
	var root, local Rules
	for _, p := range g.Policies {
		each := RulesOf(p.PolicyName(), p.Spec)
		if p.Namespace == g.issuerNamespace {
			root = Meet(root, each)
			continue
		}
		each.ResourceServers, each.ClientIDs = nil, nil
		local = Meet(local, each)
	}
	local.narrowBuiltin(root)
	return Meet(root, local)
}

// narrowBuiltin drops what a local policy says beyond a built-in bound that no root policy has replaced.
func (r *Rules) narrowBuiltin(root Rules) {
	for _, b := range []struct {
		local   *Bound
		root    Bound
		builtin time.Duration
	}{
		{&r.MaxLifetime, root.MaxLifetime, MaxAccessTokenLifetime},
		{&r.MaxRefreshLifetime, root.MaxRefreshLifetime, MaxRefreshTokenLifetime},
		{&r.MaxIdleLifetime, root.MaxIdleLifetime, MaxRefreshTokenIdleLifetime},
		{&r.ReuseGrace, root.ReuseGrace, DefaultReuseGrace},
		{&r.MaxIDLifetime, root.MaxIDLifetime, MaxIDTokenLifetime},
	} {
		if b.root.By == "" && b.local.Value > b.builtin {
			*b.local = Bound{}
		}
	}
}

// Names lists the policies that govern, in order.
func (g Governance) Names() []v1alpha1.PolicyName {
	names := make([]v1alpha1.PolicyName, 0, len(g.Policies))
	for _, p := range g.Policies {
		names = append(names, p.PolicyName())
	}
	return names
}

// Selects tells whether an accepted policy selects the subject. An absent selector selects all.
func Selects(spec *v1alpha1.TokenPolicySpec, root bool, subject Subject) bool {
	if root && !selects(spec.NamespaceSelector, subject.NamespaceLabels) {
		return false
	}
	return selects(spec.ClientSelector, subject.Labels)
}

// Admits tells whether an issuer takes clients from the subject's namespace. An absent block admits its own.
func Admits(from *v1alpha1.ClientNamespaces, subject Subject) bool {
	switch {
	case from == nil || from.From == v1alpha1.NamespacesSame:
		return subject.Namespace == subject.IssuerNamespace
	case from.From == v1alpha1.NamespacesAll:
		return true
	default:
		return from.Selector != nil && selects(from.Selector, subject.NamespaceLabels)
	}
}

// selects matches an absent selector with everything and one that is none with nothing.
func selects(selector *metav1.LabelSelector, set map[string]string) bool {
	if selector == nil {
		return true
	}
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(set))
}
