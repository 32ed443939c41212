package tokenissuer

import (
	"fmt"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// needed is a Secret that an identity provider cannot do without.
type needed struct {
	name, kind string
	dataKey    string // of the file that it is made from
	reason     string // of the condition while it is missing
}

// need is the Secret that p cannot do without; nil if there is none.
func need(p *v1alpha1.IdentityProvider) *needed {
	switch {
	case p.Users != nil:
		return &needed{p.Users.SecretRef.Name, v1alpha1.UsersSecretType, registration.UsersDataKey, v1alpha1.ReasonUsersSecretMissing}
	case p.OIDC != nil && p.OIDC.ClientSecretRef != nil:
		return &needed{p.OIDC.ClientSecretRef.Name, v1alpha1.UpstreamSecretType, registration.UpstreamDataKey, v1alpha1.ReasonUpstreamSecretMissing}
	default:
		return nil
	}
}

// lacks says what is wrong with an identity provider, and how to help that; nothing if all is well.
func lacks(ti *v1alpha1.TokenIssuer, p *v1alpha1.IdentityProvider, found map[string]seen, budget int64) (reason, message string) {
	if p.OIDC != nil {
		if _, err := login.CompileClaims(upstream(p.OIDC).Claims); err != nil {
			return v1alpha1.ReasonClaimsNotAccepted, err.Error()
		}
	}
	wanted := need(p)
	if wanted == nil {
		return "", ""
	}
	secret, ok := found[wanted.name]
	if missing := wanted.missing(ti, secret, ok); missing != "" {
		return wanted.reason, missing
	}
	if p.Users == nil {
		return "", ""
	}
	return secret.wrong(budget)
}

// missing says what a Secret lacks, and how to help that; nothing if it is there and meant for ti.
func (n *needed) missing(ti *v1alpha1.TokenIssuer, secret seen, there bool) string {
	label := fmt.Sprintf("kubectl -n %s label secret %s %s=%s", ti.Namespace, n.name, v1alpha1.IssuerLabel, ti.Name)
	switch {
	case !there:
		return fmt.Sprintf("there is no Secret %s: create it with \"kubectl -n %s create secret generic %s --type=%s --from-file=%s\", then \"%s\"",
			n.name, ti.Namespace, n.name, n.kind, n.dataKey, label)
	case secret.labels[v1alpha1.IssuerLabel] != ti.Name:
		return fmt.Sprintf("Secret %s is not marked as this issuer's: \"%s\"", n.name, label)
	default:
		return ""
	}
}
