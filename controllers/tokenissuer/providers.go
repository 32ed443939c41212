package tokenissuer

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
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

// providerSecrets reads, live and without what they hold, the Secrets that the identity providers of ti name. Those that
// are not there are left out.
func (r *Reconciler) providerSecrets(ctx context.Context, ti *v1alpha1.TokenIssuer) (map[string]*metav1.PartialObjectMetadata, error) {
	found := map[string]*metav1.PartialObjectMetadata{}
	for i := range ti.Spec.IdentityProviders {
		wanted := need(&ti.Spec.IdentityProviders[i])
		if wanted == nil {
			continue
		}
		secret := &metav1.PartialObjectMetadata{}
		secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
		err := r.Live.Get(ctx, client.ObjectKey{Namespace: ti.Namespace, Name: wanted.name}, secret)
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			return nil, err
		default:
			found[secret.Name] = secret
		}
	}
	return found, nil
}

// providersReady says whether each identity provider has what it needs; nil for an issuer without any. Of a Secret the
// operator reads no more than metadata, so a wrong type or content is for the issuer to log.
func providersReady(ti *v1alpha1.TokenIssuer, found map[string]*metav1.PartialObjectMetadata) *metav1.Condition {
	if len(ti.Spec.IdentityProviders) == 0 {
		return nil
	}
	for i := range ti.Spec.IdentityProviders {
		p := &ti.Spec.IdentityProviders[i]
		if reason, lacking := lacks(ti, p, found); reason != "" {
			return new(condition.False(v1alpha1.IdentityProvidersReady, reason, fmt.Sprintf("identity provider %s: %s", p.Name, lacking)))
		}
	}
	return new(condition.True(v1alpha1.IdentityProvidersReady, v1alpha1.ReasonProvidersReady, "each identity provider has what it needs"))
}

// lacks says what is wrong with an identity provider, and how to help that; nothing if all is well.
func lacks(ti *v1alpha1.TokenIssuer, p *v1alpha1.IdentityProvider, found map[string]*metav1.PartialObjectMetadata) (reason, message string) {
	if p.OIDC != nil {
		if _, err := login.CompileClaims(upstream(p.OIDC).Claims); err != nil {
			return v1alpha1.ReasonClaimsNotAccepted, err.Error()
		}
	}
	wanted := need(p)
	if wanted == nil {
		return "", ""
	}
	if missing := wanted.missing(ti, found[wanted.name]); missing != "" {
		return wanted.reason, missing
	}
	return "", ""
}

// missing says what a Secret lacks, and how to help that; nothing if it is there and meant for ti.
func (n *needed) missing(ti *v1alpha1.TokenIssuer, secret *metav1.PartialObjectMetadata) string {
	label := fmt.Sprintf("kubectl -n %s label secret %s %s=%s", ti.Namespace, n.name, v1alpha1.IssuerLabel, ti.Name)
	switch {
	case secret == nil:
		return fmt.Sprintf("there is no Secret %s: create it with \"kubectl -n %s create secret generic %s --type=%s --from-file=%s\", then \"%s\"",
			n.name, ti.Namespace, n.name, n.kind, n.dataKey, label)
	case secret.Labels[v1alpha1.IssuerLabel] != ti.Name:
		return fmt.Sprintf("Secret %s is not marked as this issuer's: \"%s\"", n.name, label)
	default:
		return ""
	}
}
