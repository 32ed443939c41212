package tokenissuer

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// DefaultRotationInterval is how long a key signs where the TokenIssuer does not say.
const DefaultRotationInterval = 720 * time.Hour

// maxRows is the API's bound for the keys in a status.
const maxRows = 32

// recheckPending is how soon to look again for the replicas' reports while a key waits for them; a report also wakes.
const recheckPending = 30 * time.Second

// recheckForeign is how soon to look again for an object that is not ours and in the way: it is not watched.
const recheckForeign = time.Minute

// recheckMissing is how soon to look again for what an identity provider needs: it is not watched either.
const recheckMissing = 30 * time.Second

// recheckSilent is how soon to ask again an issuer that does not answer.
const recheckSilent = 5 * time.Second

func rotationInterval(ti *v1alpha1.TokenIssuer) time.Duration {
	if ti.Spec.Signing == nil {
		return DefaultRotationInterval
	}
	return cmp.Or(ti.Spec.Signing.RotationInterval.Std(), DefaultRotationInterval)
}

// ring is one of an issuer's two: the Secret that holds it, what it should hold, how long lives at least what it must
// remember, and what a replica says of it.
type ring struct {
	name    string
	plan    keys.Plan
	longest time.Duration
	loaded  func(v1alpha1.IssuerReportSpec) int64
}

func signingRing(ti *v1alpha1.TokenIssuer) ring {
	return ring{
		name:    registration.SigningRingName(ti.Name),
		plan:    keys.Plan{Algorithms: policy.SigningAlgorithms(&ti.Spec), RotationInterval: rotationInterval(ti)},
		longest: max(policy.MaxAccessTokenLifetime, policy.MaxIDTokenLifetime),
		loaded:  func(report v1alpha1.IssuerReportSpec) int64 { return report.SigningRevision },
	}
}

func sealingRing(ti *v1alpha1.TokenIssuer) ring {
	return ring{
		name:    registration.SealingRingName(ti.Name),
		plan:    keys.Plan{Algorithms: []string{keys.XC20P}, RotationInterval: rotationInterval(ti)},
		longest: max(policy.MaxRefreshTokenLifetime, sessionLifetime(ti), familiarity(ti)),
		loaded:  func(report v1alpha1.IssuerReportSpec) int64 { return report.SealingRevision },
	}
}

// maxFamiliarKeys is how many keys are kept at most for the sake of browsers that are familiar with somebody: where keys
// are changed by the hour, a ring of thousands would not be worth that.
const maxFamiliarKeys = 90

// familiarity is how long browsers are familiar with whom they logged in by password; zero where nobody does.
func familiarity(ti *v1alpha1.TokenIssuer) time.Duration {
	if !slices.ContainsFunc(ti.Spec.IdentityProviders, func(p v1alpha1.IdentityProvider) bool { return p.Users != nil }) {
		return 0
	}
	return min(login.FamiliarLifetime, maxFamiliarKeys*rotationInterval(ti))
}

// describe tells of the keys of a ring what may be told. Of more than a status may list, the oldest are left out: they
// only wait for their last token to expire.
func describe(ring keys.Ring, now time.Time) []v1alpha1.KeyStatus {
	newest := ring.Keys[max(0, len(ring.Keys)-maxRows):]
	out := make([]v1alpha1.KeyStatus, 0, len(newest))
	for _, k := range newest {
		out = append(out, v1alpha1.KeyStatus{
			KID:         k.JWK.KeyID,
			Algorithm:   k.JWK.Algorithm,
			State:       v1alpha1.KeyState(k.StateAt(now)),
			CreatedAt:   metav1.NewTime(k.CreatedAt),
			SignFrom:    timeOrNil(k.SignFrom),
			SignUntil:   timeOrNil(k.SignUntil),
			RemoveAfter: timeOrNil(k.LastExpiry),
		})
	}
	return out
}

func timeOrNil(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return new(metav1.NewTime(t))
}

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

// keysReady says whether each algorithm has a key that signs at now.
func keysReady(ring keys.Ring, wanted []string, now time.Time) metav1.Condition {
	for _, algorithm := range wanted {
		signs := slices.ContainsFunc(ring.Keys, func(k keys.Key) bool {
			return k.JWK.Algorithm == algorithm && k.StateAt(now) == keys.Active
		})
		if !signs {
			return condition.False(v1alpha1.KeysReady, v1alpha1.ReasonKeysPending, fmt.Sprintf(
				"the key for %s is served and waits until verifiers can know it", algorithm))
		}
	}
	return condition.True(v1alpha1.KeysReady, v1alpha1.ReasonKeysActive, "each algorithm has a key that signs")
}

// rechecks says how soon to look again at what is wrong and not watched, by the reason of its condition.
var rechecks = map[string]time.Duration{
	v1alpha1.ReasonNameTaken:             recheckForeign,
	v1alpha1.ReasonUsersSecretMissing:    recheckMissing,
	v1alpha1.ReasonUsersNotAccepted:      recheckMissing,
	v1alpha1.ReasonUsersTooCostly:        recheckMissing,
	v1alpha1.ReasonUserEntriesRefused:    recheckMissing,
	v1alpha1.ReasonUpstreamSecretMissing: recheckMissing,
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

func pending(k keys.Key) bool { return k.SignFrom.IsZero() }
