package build

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
)

// URL is where every issuer stands.
const URL = "https://issuer.example"

// TokenIssuer makes an issuer that takes clients of all namespaces and refuses ungoverned ones, "<namespace>/<name>". It
// runs elsewhere, unless RunHere says otherwise.
func TokenIssuer(key string, options ...func(*v1alpha1.TokenIssuer)) *v1alpha1.TokenIssuer {
	ti := &v1alpha1.TokenIssuer{ObjectMeta: meta(key), Spec: v1alpha1.TokenIssuerSpec{
		URL:              URL,
		ClientNamespaces: &v1alpha1.ClientNamespaces{From: v1alpha1.NamespacesAll},
		Deployment:       &v1alpha1.Deployment{Management: v1alpha1.External},
	}}
	for _, option := range options {
		option(ti)
	}
	return ti
}

// RunHere lets the operator run the issuer, as deployment says.
func RunHere(deployment v1alpha1.Deployment) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) { ti.Spec.Deployment = &deployment }
}

// AllowUngoverned lets clients register that no root policy selects.
func AllowUngoverned() func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) { ti.Spec.UngovernedClients = v1alpha1.UngovernedAllow }
}

// OwnNamespaceOnly takes no clients of other namespaces.
func OwnNamespaceOnly() func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) { ti.Spec.ClientNamespaces = nil }
}

// AdmitNamespaces takes clients of the namespaces with these labels.
func AdmitNamespaces(labels map[string]string) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.ClientNamespaces = &v1alpha1.ClientNamespaces{From: v1alpha1.NamespacesSelector, Selector: selector(labels)}
	}
}

// MaxClients takes at most so many clients of one namespace.
func MaxClients(most int32) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) { ti.Spec.ClientNamespaces.MaxClients = &most }
}

// Signs sets the algorithms, and how long a key signs.
func Signs(rotationInterval string, algorithms ...string) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.Signing = &v1alpha1.Signing{
			Algorithms: strs[v1alpha1.SigningAlgorithm](algorithms), RotationInterval: v1alpha1.Duration(rotationInterval),
		}
	}
}

// Revokes lists signing keys, and sealing keys, that must go.
func Revokes(signing, sealing []string) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) {
		if ti.Spec.Signing == nil {
			ti.Spec.Signing = new(v1alpha1.Signing)
		}
		ti.Spec.Signing.RevokeKeys = strs[v1alpha1.KeyID](signing)
		ti.Spec.Sealing = &v1alpha1.Sealing{RevokeKeys: strs[v1alpha1.KeyID](sealing)}
	}
}

// Report is what a replica of an issuer, "<namespace>/<name>", says at a time: the revisions of both rings that it has.
func Report(replica, issuer string, at time.Time, signing, sealing int64) *v1alpha1.IssuerReport {
	return &v1alpha1.IssuerReport{
		ObjectMeta: metav1.ObjectMeta{Namespace: meta(issuer).Namespace, Name: replica},
		Spec: v1alpha1.IssuerReportSpec{
			IssuerName: meta(issuer).Name, RenewedAt: metav1.NewTime(at), SigningRevision: signing, SealingRevision: sealing,
		},
	}
}

// Believe names the Secret with the certificates that clients are to believe, and their key there; the default one when empty.
func Believe(secret, key string) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) {
		if ti.Spec.TLS == nil {
			ti.Spec.TLS = new(v1alpha1.TLS)
		}
		ti.Spec.TLS.CASecretRef = &v1alpha1.CASecretReference{Name: secret, Key: key}
	}
}
