package tokenissuer

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// recheckPending is how soon to look again for the replicas' reports while a key waits for them; a report also wakes.
const recheckPending = 30 * time.Second

// recheckForeign is how soon to look again for an object that is not ours and in the way: it is not watched.
const recheckForeign = time.Minute

// recheckMissing is how soon to look again for what an identity provider needs: it is not watched either.
const recheckMissing = 30 * time.Second

// recheckSilent is how soon to ask again an issuer that does not answer.
const recheckSilent = 5 * time.Second

// accepted says whether the spec means something. One that does not changes nothing for those who are registered.
func accepted(ti *v1alpha1.TokenIssuer) metav1.Condition {
	if refusal := policy.AcceptIssuer(&ti.Spec); refusal != nil {
		return condition.False(v1alpha1.Accepted, refusal.Reason, refusal.Message+"; registered clients keep what they have")
	}
	return condition.True(v1alpha1.Accepted, v1alpha1.ReasonAccepted, "this version is served")
}

// summary is what Ready says when all is well.
func summary(ti *v1alpha1.TokenIssuer) string {
	if workload.Managed(ti) {
		return "the issuer serves"
	}
	return "keys and configuration are in place; the issuer runs elsewhere"
}

// endpoints are the URLs that the issuer serves.
func endpoints(ti *v1alpha1.TokenIssuer) *v1alpha1.Endpoints {
	out := &v1alpha1.Endpoints{
		Metadata:      metadataURL(ti.Spec.URL),
		Token:         ti.Spec.URL + registration.TokenPath,
		JWKS:          ti.Spec.URL + registration.JWKSPath,
		Introspection: ti.Spec.URL + registration.IntrospectionPath,
	}
	if len(ti.Spec.IdentityProviders) > 0 {
		out.Authorization = ti.Spec.URL + registration.AuthorizationPath
	}
	return out
}

// rechecks says how soon to look again at what is wrong and not watched, by the reason of its condition.
var rechecks = map[string]time.Duration{
	v1alpha1.ReasonNameTaken:             recheckForeign,
	v1alpha1.ReasonUsersSecretMissing:    recheckMissing,
	v1alpha1.ReasonUsersNotAccepted:      recheckMissing,
	v1alpha1.ReasonUsersTooCostly:        recheckMissing,
	v1alpha1.ReasonUserEntriesRefused:    recheckMissing,
	v1alpha1.ReasonUpstreamSecretMissing: recheckMissing,
	v1alpha1.ReasonProviderUnusable:      recheckMissing,
	v1alpha1.ReasonCertificateMissing:    recheckMissing,
	v1alpha1.ReasonCertificateInvalid:    recheckMissing,
	v1alpha1.ReasonDeploymentFailed:      recheckMissing,
	v1alpha1.ReasonGatewayAPIMissing:     recheckForeign,
	v1alpha1.ReasonNotAnswering:          recheckSilent,
}

// recheck is when to look again at rings that were left after these steps, or at what conditions say is wrong.
func recheck(now time.Time, conditions []metav1.Condition, steps ...keys.Step) time.Duration {
	var after time.Duration
	sooner := func(d time.Duration) {
		if d = max(d, time.Second); after == 0 || d < after {
			after = d
		}
	}
	for _, c := range conditions {
		if soon, ok := rechecks[c.Reason]; ok {
			sooner(soon)
		}
	}
	for _, step := range steps {
		if !step.Next.IsZero() {
			sooner(step.Next.Sub(now))
		}
		if step.Changed || len(step.Generate) > 0 || slices.ContainsFunc(step.Ring.Keys, pending) {
			sooner(recheckPending)
		}
	}
	return after
}

// sooner is the shorter of two waits, of which zero is none.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

func pending(k keys.Key) bool { return k.SignFrom.IsZero() }
