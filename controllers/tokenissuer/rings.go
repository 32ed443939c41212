package tokenissuer

import (
	"cmp"
	"slices"
	"time"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// DefaultRotationInterval is how long a key signs where the TokenIssuer does not say.
const DefaultRotationInterval = 720 * time.Hour

// DefaultPublishLead is how long the next key is published before it signs where the TokenIssuer does not say.
const DefaultPublishLead = 24 * time.Hour

func rotationInterval(ti *v1alpha1.TokenIssuer) time.Duration {
	if ti.Spec.Signing == nil {
		return DefaultRotationInterval
	}
	return cmp.Or(ti.Spec.Signing.RotationInterval.Std(), DefaultRotationInterval)
}

// publishLead is how long the next signing key is served before it signs. The default makes room where keys are changed often.
func publishLead(ti *v1alpha1.TokenIssuer) time.Duration {
	lead := DefaultPublishLead
	if ti.Spec.Signing != nil {
		lead = cmp.Or(ti.Spec.Signing.PublishLead.Std(), lead)
	}
	return min(lead, rotationInterval(ti)/2)
}

// ring is one of an issuer's two: the Secret that holds it, what it should hold, how long lives at least what it must
// remember, and what a replica says of it.
type ring struct {
	name    string
	plan    keys.Plan
	longest time.Duration
	loaded  func(v1alpha1.IssuerReportSpec) int64
	// sealedUnder is the URL that the ring is to remember, if it remembers none; empty for none.
	sealedUnder string
}

func signingRing(ti *v1alpha1.TokenIssuer) ring {
	return ring{
		name: registration.SigningRingName(ti.Name),
		plan: keys.Plan{
			Algorithms: policy.SigningAlgorithms(&ti.Spec), RotationInterval: rotationInterval(ti), Lead: publishLead(ti),
			Revoked: signingKeysToRevoke(ti),
		},
		longest: max(policy.MaxAccessTokenLifetime, policy.MaxIDTokenLifetime),
		loaded:  func(report v1alpha1.IssuerReportSpec) int64 { return report.SigningRevision },
	}
}

func sealingRing(ti *v1alpha1.TokenIssuer) ring {
	return ring{
		name: registration.SealingRingName(ti.Name),
		plan: keys.Plan{ // only replicas open what is sealed, so the shortest lead is enough
			Algorithms: []string{keys.XC20P}, RotationInterval: rotationInterval(ti), Revoked: sealingKeysToRevoke(ti),
		},
		longest:     max(policy.MaxRefreshTokenLifetime, sessionLifetime(ti), familiarity(ti)),
		sealedUnder: sealedUnder(ti),
		loaded:      func(report v1alpha1.IssuerReportSpec) int64 { return report.SealingRevision },
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
