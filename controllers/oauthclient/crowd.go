package oauthclient

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"tokenwright.dev/api/v1alpha1"
)

// settling is how long a client that is not in sight as registered may be so all the same: its own pass may have been
// before this one, and the cache may be behind.
const settling = 5 * time.Second

// crowd is what stands between a client and its registration where an issuer bounds the clients of a namespace.
type crowd struct {
	// before is how many clients of the namespace go before it.
	before int
	// settles is how soon to look again, since some of those may not; zero if there is no doubt.
	settles time.Duration
}

// roomLeft bounds the clients of a namespace. It ends no registration: who is registered stays so when the bound is lowered.
func roomLeft(oc *v1alpha1.OAuthClient, seen observation) *refusal {
	most := mostClients(seen.issuer)
	if most == 0 || registeredItself(oc, seen) || seen.crowd.before < most {
		return nil
	}
	return &refusal{reason: v1alpha1.ReasonTooManyClients, recheck: seen.crowd.settles, message: fmt.Sprintf(
		"TokenIssuer %s takes at most %d clients of namespace %s, and %d are before this one: delete one that is not needed, "+
			"or ask the platform team to raise clientNamespaces.maxClients", seen.issuerKey, most, oc.Namespace, seen.crowd.before)}
}

// mostClients is how many clients an issuer takes of one namespace; zero if it sets no bound.
func mostClients(issuer *v1alpha1.TokenIssuer) int {
	if of := issuer.Spec.ClientNamespaces; of != nil && of.MaxClients != nil {
		return int(*of.MaxClients)
	}
	return 0
}

// registeredItself tells whether oc has a registration, readable or not, that is not a predecessor's.
func registeredItself(oc *v1alpha1.OAuthClient, seen observation) bool {
	return ours(oc, seen) && !inherited(oc, seen)
}

// crowdBefore counts who goes before oc: others that are registered, others that are older, and those that came with it,
// as long as it may not be in sight yet that they are registered. All passes rank alike, so two of them that run at the
// same time do not both take the last place.
func crowdBefore(oc *v1alpha1.OAuthClient, beside []*v1alpha1.OAuthClient, registered map[string]bool, now time.Time) crowd {
	found := crowd{before: len(registered)}
	for _, other := range beside {
		if other.Name == oc.Name || registered[other.Name] || !other.DeletionTimestamp.IsZero() {
			continue
		}
		age, later := now.Sub(other.CreationTimestamp.Time), other.CreationTimestamp.Sub(oc.CreationTimestamp.Time)
		switch {
		case byAge(other, oc) < 0:
			found.before++
		case later < settling && age.Abs() < settling:
			found.before++
			found.settles = max(found.settles, min(settling-age, settling))
		}
	}
	return found
}

// byAge orders clients of one namespace: the oldest first, and of one second by name.
func byAge(a, b *v1alpha1.OAuthClient) int {
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
}

// observeCrowd counts who goes before oc, if that matters. Where the registered ones alone are too many, which is the usual
// case of a client that waits, nobody else is looked at.
func (r *Reconciler) observeCrowd(ctx context.Context, oc *v1alpha1.OAuthClient, seen *observation) error {
	most := mostClients(seen.issuer)
	if most == 0 || registeredItself(oc, *seen) {
		return nil
	}
	registered, err := r.registeredOf(ctx, seen.issuerKey, oc.Namespace)
	if err != nil {
		return fmt.Errorf("registrations of the namespace: %w", err)
	}
	delete(registered, oc.Name)
	if len(registered) >= most {
		seen.crowd = crowd{before: len(registered)}
		return nil
	}
	beside, err := r.Clients.OfIssuerIn(ctx, seen.issuerKey, oc.Namespace)
	seen.crowd = crowdBefore(oc, beside, registered, seen.now)
	return err
}
