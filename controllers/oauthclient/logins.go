package oauthclient

import (
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/fairqueue"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// unattended says that a client needs people while nobody can log in at its issuer; nothing where somebody can, or where the
// client needs nobody. What is wrong with which identity provider is for the platform team to know.
func unattended(seen observation, r *registration.Registration) []condition.Fault {
	if !seen.issuer.NobodyLogsIn() {
		return nil
	}
	for _, grantType := range r.GrantTypes {
		if policy.NeedsPeople(v1alpha1.GrantType(grantType)) {
			return []condition.Fault{{Reason: v1alpha1.ReasonLoginImpossible, Message: fmt.Sprintf(
				"%s needs somebody to log in, and nobody can at TokenIssuer %s for now: tell the platform team to see what its condition "+
					"IdentityProvidersReady says (kubectl -n %s describe tokenissuer %s); this client goes on by itself when that is mended",
				grantType, seen.issuerKey, seen.issuerKey.Namespace, seen.issuerKey.Name)}}
		}
	}
	return nil
}

// loginsChanged wakes the clients that need people when their issuer's status begins or ceases to say that nobody can log in.
// No other change of a status wakes anybody.
func (r *Reconciler) loginsChanged(ctx context.Context, e event.UpdateEvent, q queue) {
	before, after := e.ObjectOld.(*v1alpha1.TokenIssuer), e.ObjectNew.(*v1alpha1.TokenIssuer)
	if before.NobodyLogsIn() == after.NobodyLogsIn() {
		return
	}
	found, err := r.Clients.OfIssuer(ctx, client.ObjectKeyFromObject(after))
	found = slices.DeleteFunc(slices.Clone(found), func(oc *v1alpha1.OAuthClient) bool {
		return !slices.ContainsFunc(oc.Spec.GrantTypes, policy.NeedsPeople)
	})
	r.wake(ctx, q, fairqueue.Ordinary)(found, err)
}
