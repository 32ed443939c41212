package tokenissuer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

// maxVerdict bounds what is told of one provider, in bytes.
const maxVerdict = 2048

// judge says of each identity provider whether people can log in by it. What the operator sees of Secrets and spec comes
// first; what replicas say decides whether people can log in all the same, and tells of what nobody sees from here.
func judge(ti *v1alpha1.TokenIssuer, found map[string]seen, budget int64, reports []v1alpha1.IssuerReportSpec) []v1alpha1.IdentityProviderStatus {
	out := make([]v1alpha1.IdentityProviderStatus, 0, len(ti.Spec.IdentityProviders))
	for i := range ti.Spec.IdentityProviders {
		p := &ti.Spec.IdentityProviders[i]
		reason, lacking := lacks(ti, p, found, budget)
		said := wordsOn(p.Name, reports)
		verdict := said.verdict(p, reason, lacking)
		if former := formerly(ti, p.Name); said.silent() && reason == "" && former.Reason == v1alpha1.ReasonProviderUnusable {
			verdict = former // nobody is there to say anything else: a restart mends nothing
		}
		verdict.Name = p.Name
		verdict.Message = strings.ToValidUTF8(verdict.Message[:min(len(verdict.Message), maxVerdict)], "")
		out = append(out, verdict)
	}
	return out
}

// formerly is what was said of a provider of this very spec in the pass before.
func formerly(ti *v1alpha1.TokenIssuer, provider string) v1alpha1.IdentityProviderStatus {
	if ti.Status.ObservedGeneration != ti.Generation {
		return v1alpha1.IdentityProviderStatus{}
	}
	for i := range ti.Status.IdentityProviders {
		if ti.Status.IdentityProviders[i].Name == provider {
			return ti.Status.IdentityProviders[i]
		}
	}
	return v1alpha1.IdentityProviderStatus{}
}

// words are what the live replicas say of one provider.
type words struct {
	usable, unusable []v1alpha1.IdentityProviderReport
	unknown          int // replicas that do not know yet
	older            int // replicas of a version that says nothing of any provider
}

func wordsOn(provider string, reports []v1alpha1.IssuerReportSpec) words {
	var out words
	for i := range reports {
		at := slices.IndexFunc(reports[i].IdentityProviders, func(r v1alpha1.IdentityProviderReport) bool { return r.Name == provider })
		switch {
		case len(reports[i].IdentityProviders) == 0:
			out.older++
		case at < 0 || reports[i].IdentityProviders[at].Health == v1alpha1.ProviderUnknown:
			out.unknown++
		case reports[i].IdentityProviders[at].Health == v1alpha1.ProviderUnusable:
			out.unusable = append(out.unusable, reports[i].IdentityProviders[at])
		default:
			out.usable = append(out.usable, reports[i].IdentityProviders[at])
		}
	}
	return out
}

// silent tells whether nobody says anything, and will: there is no replica, or all have just started.
func (w *words) silent() bool { return len(w.usable)+len(w.unusable)+w.older == 0 }

// verdict weighs what the operator found wrong, if anything, against what the replicas say.
func (w *words) verdict(p *v1alpha1.IdentityProvider, reason, lacking string) v1alpha1.IdentityProviderStatus {
	is := v1alpha1.IdentityProviderStatus{Login: v1alpha1.LoginUnknown, Reason: reason, Message: lacking}
	if len(w.usable) > 0 {
		is.Login = v1alpha1.LoginPossible
	}
	switch {
	case reason == v1alpha1.ReasonUserEntriesRefused && len(w.unusable) == 0:
		return is
	case reason != "" && reason != v1alpha1.ReasonUserEntriesRefused:
		is.Login = v1alpha1.LoginImpossible
		if len(w.usable)+w.older > 0 {
			is.Login = v1alpha1.LoginImpaired // by what these have from before
		}
	case len(w.unusable) > 0:
		is.Reason, is.Message = v1alpha1.ReasonProviderUnusable, w.complaint(p)
		is.Login = v1alpha1.LoginImpossible
		if len(w.usable)+w.older > 0 {
			is.Login = v1alpha1.LoginImpaired
		}
	}
	return is
}

// complaint says what replicas say is wrong, and how to help that. Where they do not agree it takes the fault that is first in
// the alphabet, so that it stays the same whoever reports last.
func (w *words) complaint(p *v1alpha1.IdentityProvider) string {
	worst := slices.MinFunc(w.unusable, func(a, b v1alpha1.IdentityProviderReport) int {
		return cmp.Or(cmp.Compare(a.Fault, b.Fault), cmp.Compare(a.Message, b.Message))
	})
	whose := "nobody can log in by it"
	if len(w.usable)+w.older > 0 {
		whose = "not every replica lets people log in by it"
	}
	text := fmt.Sprintf("%s: %s", whose, cmp.Or(worst.Message, string(worst.Fault)))
	if cure := cures[worst.Fault]; cure != nil {
		text += ": " + cure(p)
	}
	return text
}

// cures say how to help what replicas say is wrong, where Secrets and spec are in order.
var cures = map[v1alpha1.ProviderFault]func(*v1alpha1.IdentityProvider) string{
	v1alpha1.FaultUsersMissing:        notHeard,
	v1alpha1.FaultUsersNotAccepted:    notHeard,
	v1alpha1.FaultClientSecretMissing: notHeard,
	v1alpha1.FaultUsersTooCostly: func(*v1alpha1.IdentityProvider) string {
		return "give the issuer's process more memory, or write hashes that need less"
	},
	v1alpha1.FaultNoUsableEntry: func(*v1alpha1.IdentityProvider) string { return "repair the entries" },
	v1alpha1.FaultClaimsNotAccepted: func(*v1alpha1.IdentityProvider) string {
		return "the replica is of a version that does not know these claims: bring operator and issuer to the same version"
	},
	v1alpha1.FaultUnreachable: func(p *v1alpha1.IdentityProvider) string {
		return fmt.Sprintf("make sure that %s is there, and that the issuer's Pods reach it (DNS, NetworkPolicy, proxy)", issuerURL(p))
	},
	v1alpha1.FaultCertificateNotTrusted: func(p *v1alpha1.IdentityProvider) string {
		return fmt.Sprintf("see to the certificate of %s, or mount the CA that signed it into the issuer's Pods", issuerURL(p))
	},
	v1alpha1.FaultMetadataRefused: wrongIssuer,
	v1alpha1.FaultMetadataInvalid: wrongIssuer,
	v1alpha1.FaultKeysUnavailable: func(p *v1alpha1.IdentityProvider) string {
		return fmt.Sprintf("ask whoever runs %s why the jwks_uri of its metadata does not answer", issuerURL(p))
	},
}

func notHeard(*v1alpha1.IdentityProvider) string {
	return "the Secret is in order, and the replica has not heard of it: look whether the replica reaches the API server"
}

func wrongIssuer(p *v1alpha1.IdentityProvider) string {
	return fmt.Sprintf("compare oidc.issuerURL with the issuer in %s/.well-known/openid-configuration, or ask whoever runs it",
		strings.TrimSuffix(issuerURL(p), "/"))
}

func issuerURL(p *v1alpha1.IdentityProvider) string {
	if p.OIDC == nil {
		return ""
	}
	return p.OIDC.IssuerURL
}

// providersReady sums up what was judged: True where nothing is wrong, or no more than entries of a file; nil for an issuer
// without any provider. The provider whose people are worst off comes first.
func providersReady(verdicts []v1alpha1.IdentityProviderStatus) *metav1.Condition {
	if len(verdicts) == 0 {
		return nil
	}
	wrong := slices.DeleteFunc(slices.Clone(verdicts), func(v v1alpha1.IdentityProviderStatus) bool { return v.Reason == "" })
	if len(wrong) == 0 {
		return new(condition.True(v1alpha1.IdentityProvidersReady, v1alpha1.ReasonProvidersReady, "each identity provider has what it needs"))
	}
	slices.SortStableFunc(wrong, func(a, b v1alpha1.IdentityProviderStatus) int { return cmp.Compare(urgency(&a), urgency(&b)) })
	texts := make([]string, len(wrong))
	for i := range wrong {
		texts[i] = fmt.Sprintf("identity provider %s: %s", wrong[i].Name, wrong[i].Message)
	}
	message := strings.Join(texts, "; ")
	if well(&wrong[0]) {
		return new(condition.True(v1alpha1.IdentityProvidersReady, wrong[0].Reason, message))
	}
	return new(condition.False(v1alpha1.IdentityProvidersReady, wrong[0].Reason, message))
}

// well tells whether a provider does what spec asks, save for entries of a file that are told of.
func well(v *v1alpha1.IdentityProviderStatus) bool {
	return v.Reason == "" || v.Reason == v1alpha1.ReasonUserEntriesRefused
}

func urgency(v *v1alpha1.IdentityProviderStatus) int {
	switch {
	case well(v):
		return len(urgent)
	case v.Login != v1alpha1.LoginImpossible:
		return 1
	default:
		return 0
	}
}

// oneWell tells whether people can log in by some provider with which nothing is wrong: then Ready does not wait for the others.
func oneWell(verdicts []v1alpha1.IdentityProviderStatus) bool {
	return slices.ContainsFunc(verdicts, func(v v1alpha1.IdentityProviderStatus) bool { return well(&v) })
}

// speaking are the reports of replicas that live by the operator's clock. Those that have ended without a word say nothing of
// today, other than for keys, where the last of them counts.
func speaking(now time.Time, reports []v1alpha1.IssuerReport) []v1alpha1.IssuerReportSpec {
	var out []v1alpha1.IssuerReportSpec
	for _, report := range live(now, reports) {
		if now.Sub(report.Spec.RenewedAt.Time).Abs() <= silence {
			out = append(out, report.Spec)
		}
	}
	return out
}
