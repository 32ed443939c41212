package policy

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
)

// Refusal says why a policy is not in force: the reason of its Accepted condition, and what to write instead.
type Refusal struct {
	Reason  string
	Message string
}

// Accept tells whether a policy with spec can be in force. Root says that it stands in an issuer's namespace. It returns
// nil for a policy that can.
func Accept(spec *v1alpha1.TokenPolicySpec, root bool) *Refusal {
	for _, check := range checks {
		if refusal := check(spec, root); refusal != nil {
			return refusal
		}
	}
	return nil
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
	if most := Counting(root); rank >= most {
		return &Refusal{v1alpha1.ReasonTooMany, fmt.Sprintf(
			"%d policies of this namespace are older, and no more than that count: put several into one, or delete some", most)}
	}
	return Accept(spec, root)
}

// checks run in this order and the first refusal wins. A new check is a function, a line here and a row in TestAccept.
var checks = []func(*v1alpha1.TokenPolicySpec, bool) *Refusal{rootOnlyFields, selectorsParse}

// AcceptIssuer tells whether a TokenIssuer's spec means something. It returns nil for one that does.
func AcceptIssuer(spec *v1alpha1.TokenIssuerSpec) *Refusal {
	if spec.ClientNamespaces == nil {
		return nil
	}
	return selectorParses("clientNamespaces.selector", spec.ClientNamespaces.Selector)
}

func rootOnlyFields(spec *v1alpha1.TokenPolicySpec, root bool) *Refusal {
	if root {
		return nil
	}
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"namespaceSelector", spec.NamespaceSelector != nil},
		{"resourceServers", spec.ResourceServers != nil},
		{"clientIDs", spec.ClientIDs != nil},
		{"consent", spec.Consent != ""},
	} {
		if field.set {
			return &Refusal{v1alpha1.ReasonRootOnly, fmt.Sprintf(
				"%s belongs to policies in the namespace of an issuer: remove it, or ask the platform team for a policy there", field.name)}
		}
	}
	return nil
}

func selectorsParse(spec *v1alpha1.TokenPolicySpec, _ bool) *Refusal {
	for _, field := range []struct {
		name     string
		selector *metav1.LabelSelector
	}{
		{"clientSelector", spec.ClientSelector},
		{"namespaceSelector", spec.NamespaceSelector},
	} {
		if refusal := selectorParses(field.name, field.selector); refusal != nil {
			return refusal
		}
	}
	return nil
}

func selectorParses(field string, selector *metav1.LabelSelector) *Refusal {
	if _, err := metav1.LabelSelectorAsSelector(selector); err != nil {
		return &Refusal{v1alpha1.ReasonInvalidSelector, fmt.Sprintf("%s: %v", field, err)}
	}
	return nil
}
