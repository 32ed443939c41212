package policy

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
)

// Refusal says why a policy is not in force: the reason of its Accepted condition, and what to write instead.
type Refusal struct {
	Reason  string
	Message string
	// Also is what else is wrong, in the order of checks; none of these has more.
	Also []Refusal
}

// together is one refusal of many, led by the first; nil if there are none.
func together(found []Refusal) *Refusal {
	if len(found) == 0 {
		return nil
	}
	first := found[0]
	first.Also = found[1:]
	return &first
}

// Accept tells whether a policy with spec can be in force. Root says that it stands in an issuer's namespace. It returns
// nil for a policy that can, else all that is wrong with it.
func Accept(spec *v1alpha1.TokenPolicySpec, root bool) *Refusal {
	return together(mistakes(spec, root))
}

func mistakes(spec *v1alpha1.TokenPolicySpec, root bool) []Refusal {
	var found []Refusal
	for _, check := range checks {
		found = append(found, check(spec, root)...)
	}
	return found
}

// Policies of one namespace that count: the oldest ones. Each of them is asked about each client, so their number is what
// a client costs.
const (
	MaxLocalPolicies = 100
	MaxRootPolicies  = 1000
)

// Counting is how many policies of a namespace count.
func Counting(root bool) int {
	if root {
		return MaxRootPolicies
	}
	return MaxLocalPolicies
}

// AcceptRanked is Accept for a policy before which rank others of its namespace were created.
func AcceptRanked(spec *v1alpha1.TokenPolicySpec, root bool, rank int) *Refusal {
	var found []Refusal
	if most := Counting(root); rank >= most {
		found = append(found, Refusal{Reason: v1alpha1.ReasonTooMany, Message: fmt.Sprintf(
			"%d policies of this namespace are older, and no more than that count: put several into one, or delete some", most)})
	}
	return together(append(found, mistakes(spec, root)...))
}

// checks run in this order, and the first refusal leads. A new check is a function, a line here and a row in TestAccept.
var checks = []func(*v1alpha1.TokenPolicySpec, bool) []Refusal{rootOnlyFields, selectorsParse}

// AcceptIssuer tells whether a TokenIssuer's spec means something. It returns nil for one that does.
func AcceptIssuer(spec *v1alpha1.TokenIssuerSpec) *Refusal {
	if spec.ClientNamespaces == nil {
		return nil
	}
	return together(selectorParses("clientNamespaces.selector", spec.ClientNamespaces.Selector))
}

// rootOnlyFields names in one refusal all fields that a local policy may not have.
func rootOnlyFields(spec *v1alpha1.TokenPolicySpec, root bool) []Refusal {
	if root {
		return nil
	}
	var set []string
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"namespaceSelector", spec.NamespaceSelector != nil},
		{"resourceServers", spec.ResourceServers != nil},
		{"clientIDs", spec.ClientIDs != nil},
	} {
		if field.set {
			set = append(set, field.name)
		}
	}
	belongs, it := "belongs", "it"
	switch len(set) {
	case 0:
		return nil
	case 1:
	default:
		belongs, it = "belong", "them"
	}
	return []Refusal{{Reason: v1alpha1.ReasonRootOnly, Message: fmt.Sprintf(
		"%s %s to policies in the namespace of an issuer: remove %s, or ask the platform team for a policy there",
		strings.Join(set, ", "), belongs, it)}}
}

func selectorsParse(spec *v1alpha1.TokenPolicySpec, _ bool) []Refusal {
	return append(selectorParses("clientSelector", spec.ClientSelector), selectorParses("namespaceSelector", spec.NamespaceSelector)...)
}

func selectorParses(field string, selector *metav1.LabelSelector) []Refusal {
	if _, err := metav1.LabelSelectorAsSelector(selector); err != nil {
		return []Refusal{{Reason: v1alpha1.ReasonInvalidSelector, Message: fmt.Sprintf("%s: %v", field, err)}}
	}
	return nil
}
