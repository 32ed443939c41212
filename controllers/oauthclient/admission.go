package oauthclient

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// refusal is why a client is not registered. A refusal that revokes ends a registration that exists; one that does not
// leaves it alone, because nothing was decided against the client.
type refusal struct {
	reason  string
	message string
	revokes bool
	// recheck is how soon to look again; zero if something has to change first.
	recheck time.Duration
}

// refusals are all reasons why a client is not registered, the most urgent first; at least one.
type refusals []*refusal

func (r refusals) condition() metav1.Condition {
	faults := make([]condition.Fault, len(r))
	for i, why := range r {
		faults[i] = condition.Fault{Reason: why.reason, Message: why.message}
	}
	return condition.Faults(v1alpha1.Registered, faults...)
}

// revoke tells whether one of them ends a registration that exists.
func (r refusals) revoke() bool {
	return slices.ContainsFunc(r, func(why *refusal) bool { return why.revokes })
}

// recheck is how soon to look again; zero if something has to change first.
func (r refusals) recheck() time.Duration {
	var soonest time.Duration
	for _, why := range r {
		if soonest == 0 || why.recheck > 0 && why.recheck < soonest {
			soonest = why.recheck
		}
	}
	return soonest
}

// admissions run in this order: the first that refuses leads, and the others are told with it. A new one is a function, a
// line here and a row in TestReasons.
var admissions = []func(*v1alpha1.OAuthClient, observation) *refusal{
	issuerAccepted, namespaceAdmitted, labelsKnown, governed, clientIDAllowed, clientIDFree, localPoliciesAccepted, roomLeft,
}

// admit says why oc cannot be registered now; empty if it can. Without an issuer nothing else can be judged.
func admit(oc *v1alpha1.OAuthClient, seen observation) refusals {
	if seen.issuer == nil {
		return refusals{issuerGone(oc, seen)}
	}
	var out refusals
	for _, admission := range admissions {
		if refusal := admission(oc, seen); refusal != nil {
			out = append(out, refusal)
		}
	}
	return out
}

func issuerGone(oc *v1alpha1.OAuthClient, seen observation) *refusal {
	if seen.place == placeEnding {
		return &refusal{reason: v1alpha1.ReasonNamespaceTerminating, message: namespaceEnding(seen)}
	}
	return &refusal{reason: v1alpha1.ReasonIssuerNotFound, message: issuerMissing(oc, seen)}
}

// issuerAccepted lets a new client wait for a mistake in the issuer's spec to be mended. A registered one follows the
// policies meanwhile.
func issuerAccepted(oc *v1alpha1.OAuthClient, seen observation) *refusal {
	why := policy.AcceptIssuer(&seen.issuer.Spec)
	if why == nil || held(oc, seen) != nil {
		return nil
	}
	return &refusal{reason: why.Reason, message: fmt.Sprintf("TokenIssuer %s: %s", seen.issuerKey, why.Message)}
}

// namespaceAdmitted does not ask an issuer whose spec is a mistake: that admits nobody and excludes nobody.
func namespaceAdmitted(_ *v1alpha1.OAuthClient, seen observation) *refusal {
	if policy.AcceptIssuer(&seen.issuer.Spec) != nil || policy.Admits(seen.issuer.Spec.ClientNamespaces, seen.subject) {
		return nil
	}
	return &refusal{reason: v1alpha1.ReasonNamespaceNotAdmitted, revokes: true, message: notAdmitted(seen)}
}

// selectable tells whether all labels are known that policies select by; labelsKnown says so if not.
func selectable(oc *v1alpha1.OAuthClient) bool { return !clients.LabelsLeftOut(oc) }

// rulesKnown tells whether the rules are known that the client would live under.
func rulesKnown(oc *v1alpha1.OAuthClient, seen observation) bool {
	return seen.issuer != nil && selectable(oc) && (seen.governing.Rooted || len(seen.governing.PendingRoot) == 0)
}

// governed wants an accepted root policy. One that was never accepted gives nothing yet.
func governed(oc *v1alpha1.OAuthClient, seen observation) *refusal {
	if !selectable(oc) {
		return nil
	}
	if seen.governing.Rooted || seen.issuer.Spec.UngovernedClients == v1alpha1.UngovernedAllow {
		return nil
	}
	if pending := seen.governing.PendingRoot; len(pending) > 0 {
		return &refusal{reason: v1alpha1.ReasonPolicyNotAccepted, revokes: true, message: fmt.Sprintf(
			"no accepted TokenPolicy in namespace %s selects this client, and of these no version was accepted yet: %s",
			seen.issuerKey.Namespace, some(pending))}
	}
	return &refusal{reason: v1alpha1.ReasonNoPolicy, revokes: true, message: fmt.Sprintf(
		"no TokenPolicy in namespace %s selects this client: the platform team can write one, or set ungovernedClients: Allow",
		seen.issuerKey.Namespace)}
}

// clientIDAllowed is silent where governed says that nobody knows the rules yet.
func clientIDAllowed(oc *v1alpha1.OAuthClient, seen observation) *refusal {
	if !rulesKnown(oc, seen) && seen.issuer.Spec.UngovernedClients != v1alpha1.UngovernedAllow {
		return nil
	}
	by, ok := policy.ClientIDAllowed(oc, seen.governing.Rules())
	if ok {
		return nil
	}
	how := fmt.Sprintf("not listed in clientIDs.allowed of TokenPolicy %s", by)
	if by == v1alpha1.DecidedByBuiltin {
		how = askFor(seen, "clientIDs", policy.ClientID(oc))
	}
	return &refusal{reason: v1alpha1.ReasonClientIDNotAllowed, revokes: true, message: fmt.Sprintf(
		"clientID %q does not begin with %q: %s", policy.ClientID(oc), oc.Namespace+".", how)}
}

// localPoliciesAccepted lets a new client wait for what its own namespace has to mend. A registered one lives under the
// other policies meanwhile: what a tenant writes holds up no rule of the platform's.
func localPoliciesAccepted(oc *v1alpha1.OAuthClient, seen observation) *refusal {
	if len(seen.governing.PendingLocal) == 0 || held(oc, seen) != nil {
		return nil
	}
	return &refusal{reason: v1alpha1.ReasonPolicyNotAccepted, message: notAccepted(seen)}
}

func notAccepted(seen observation) string {
	return "no version of these policies of this namespace was accepted yet: " + some(seen.governing.PendingLocal)
}

// some names a few policies: a tenant can make more of them than fit into a message.
func some(names []v1alpha1.PolicyName) string {
	const few = 5
	text := make([]string, 0, few)
	for _, name := range names[:min(few, len(names))] {
		text = append(text, string(name))
	}
	if more := len(names) - few; more > 0 {
		text = append(text, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(text, ", ")
}

// clientIDFree tells the loser of a conflict who holds the name. A registration of the same namespace and name is our
// own, or that of a predecessor, and is taken over.
func clientIDFree(oc *v1alpha1.OAuthClient, seen observation) *refusal {
	if seen.registration == nil || ours(oc, seen) {
		return nil
	}
	holder := cmp.Or(registrant(seen.registration), "Secret "+seen.registration.Name+", which says not whose it is")
	return &refusal{reason: v1alpha1.ReasonClientIDTaken, message: fmt.Sprintf(
		"clientID %q is held by %s: choose another one", policy.ClientID(oc), holder)}
}

// ours tells whether the registration that was seen belongs to oc, or did to a former object of its name.
func ours(oc *v1alpha1.OAuthClient, seen observation) bool {
	return seen.registration != nil && registrant(seen.registration) == ownerName(oc)
}

// inherited tells whether the registration that was seen is what a former object of oc's name left behind.
func inherited(oc *v1alpha1.OAuthClient, seen observation) bool {
	return ours(oc, seen) && seen.registration.Annotations[v1alpha1.OwnerUIDAnnotation] != string(oc.UID)
}

// held is what oc itself is registered with; nil if that cannot be read, or was a former object's of its name.
func held(oc *v1alpha1.OAuthClient, seen observation) *registration.Registration {
	r := decode(seen.registration)
	if r == nil || !ours(oc, seen) || r.Owner.UID != string(oc.UID) {
		return nil
	}
	return r
}

func ownerName(oc *v1alpha1.OAuthClient) string { return oc.Namespace + "/" + oc.Name }

// transient lists the reasons that pass without the doing of whoever looks after the client.
var transient = []string{v1alpha1.ReasonWriteFailed, v1alpha1.ReasonLoginImpossible}
