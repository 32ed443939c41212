package kube

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/store"
)

// written is a revocation as it stands there, with what its status says.
type written struct {
	store.Revocation

	// subjects are those whom its user was found to be.
	subjects []string
	// conditions are those of this version of its spec.
	conditions []metav1.Condition
	generation int64
}

func readRevocation(o *v1alpha1.TokenRevocation) written {
	w := written{generation: o.Generation, Revocation: store.Revocation{
		TokenID: o.Spec.TokenID, SessionID: o.Spec.SessionID, ClientID: string(o.Spec.ClientID), Subject: o.Spec.Subject,
		IssuedBefore: moment(o.Spec.IssuedBefore), Expires: moment(o.Spec.ExpiresAt),
	}}
	if o.Spec.User != nil {
		w.User = store.User{Provider: o.Spec.User.Provider, Username: o.Spec.User.Username}.Folded()
	}
	if o.Status.ObservedGeneration == o.Generation {
		w.subjects, w.conditions = o.Status.Subjects, o.Status.Conditions
	}
	return w
}

// each is all that it revokes: what bears the user's name, and what is of whom that meant when an issuer looked. Whoever gets
// the name later is not among them.
func (w *written) each() []store.Revocation {
	all := append(make([]store.Revocation, 0, 1+len(w.subjects)), w.Revocation)
	for _, subject := range w.subjects {
		more := w.Revocation
		more.User, more.Subject = store.User{}, subject
		all = append(all, more)
	}
	return all
}

// settled tells whether its status says for good what became of it.
func (w *written) settled() bool {
	ready := meta.FindStatusCondition(w.conditions, v1alpha1.Ready)
	return ready != nil && ready.Reason != v1alpha1.ReasonUsersNotLoaded
}

// judged is what status is to say of w; finding is nil where it names no user. It is pure.
func judged(w *written, issuer string, finding *store.Finding, now time.Time) v1alpha1.TokenRevocationStatus {
	status := v1alpha1.TokenRevocationStatus{ObservedGeneration: w.generation}
	ready := metav1.Condition{Type: v1alpha1.Ready, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonRevoked}
	before := w.IssuedBefore.UTC().Format(time.RFC3339)
	if finding == nil {
		ready.Message = "What this is about and was issued before " + before + " is refused."
	} else {
		status.Subjects = finding.Subjects
		ready = foundReady(w.User, issuer, finding, before)
	}
	ready.ObservedGeneration = w.generation
	ready.LastTransitionTime = metav1.NewTime(now.Truncate(time.Second))
	if former := meta.FindStatusCondition(w.conditions, v1alpha1.Ready); former != nil && former.Status == ready.Status {
		ready.LastTransitionTime = former.LastTransitionTime
	}
	status.Conditions = []metav1.Condition{ready}
	if ready.Status == metav1.ConditionFalse {
		who := ready
		who.Type, who.Status, who.LastTransitionTime = v1alpha1.Stalled, metav1.ConditionTrue, metav1.NewTime(now.Truncate(time.Second))
		if ready.Reason == v1alpha1.ReasonUsersNotLoaded {
			who.Type = v1alpha1.Reconciling
		}
		status.Conditions = append(status.Conditions, who)
	}
	return status
}

// foundReady is Ready of a revocation by name.
func foundReady(user store.User, issuer string, finding *store.Finding, before string) metav1.Condition {
	no := func(reason, format string, args ...any) metav1.Condition {
		return metav1.Condition{
			Type: v1alpha1.Ready, Status: metav1.ConditionFalse, Reason: reason, Message: fmt.Sprintf(format, args...),
		}
	}
	switch finding.Outcome {
	case store.Found:
		return metav1.Condition{
			Type: v1alpha1.Ready, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonRevoked,
			Message: fmt.Sprintf("%q of %q is %s (live grants: %d). All that was issued to them before %s is refused.",
				user.Username, user.Provider, strings.Join(finding.Subjects, ", "), finding.Grants, before),
		}
	case store.FoundNobody:
		return no(v1alpha1.ReasonUserNotFound, "Nobody called %q is known of %q: neither an entry of its users file nor a live grant "+
			"has that name. Write it as it stands there, or write subject. What bears this name and was issued before %s, such as "+
			"a login session, is refused all the same.", user.Username, user.Provider, before)
	case store.FoundNoProvider:
		return no(v1alpha1.ReasonProviderNotFound, "The TokenIssuer %q has no identity provider %q, so nothing is revoked: it has %s. "+
			"Delete this and write it anew.", issuer, user.Provider, quoted(finding.Providers))
	default:
		return no(v1alpha1.ReasonUsersNotLoaded, "The issuer has not read the users of %q, or the grants, so it does not know yet whom "+
			"this means. What bears this name and was issued before %s is refused.", user.Provider, before)
	}
}

func quoted(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return fmt.Sprintf("%q", names)
}
