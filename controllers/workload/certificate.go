package workload

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

// Certificate says whether the Pods of ti can serve its URL with the certificate in a Secret; nil means that there is no
// such Secret.
func Certificate(ti *v1alpha1.TokenIssuer, secret *corev1.Secret, now time.Time) metav1.Condition {
	name := SecretName(ti)
	if secret == nil {
		return condition.False(v1alpha1.CertificateReady, v1alpha1.ReasonCertificateMissing, fmt.Sprintf(
			"there is no Secret %s with a certificate for %s: create it with \"kubectl -n %s create secret tls %s --cert=FILE --key=FILE\", or let cert-manager do so",
			name, hostname(ti), ti.Namespace, name))
	}
	pair, err := tls.X509KeyPair(secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey])
	if err != nil {
		return condition.False(v1alpha1.CertificateReady, v1alpha1.ReasonCertificateMissing, fmt.Sprintf(
			"Secret %s holds no certificate with its key under %s and %s: %v", name, corev1.TLSCertKey, corev1.TLSPrivateKeyKey, err))
	}
	if fault := fault(pair.Leaf, hostname(ti), now); fault != "" {
		return condition.False(v1alpha1.CertificateReady, v1alpha1.ReasonCertificateInvalid, fmt.Sprintf(
			"the certificate in Secret %s %s: replace it", name, fault))
	}
	return condition.True(v1alpha1.CertificateReady, v1alpha1.ReasonCertificateValid, fmt.Sprintf(
		"the certificate in Secret %s is for %s and valid until %s%s", name, hostname(ti), pair.Leaf.NotAfter.UTC().Format(time.RFC3339),
		uncovered(ti, pair.Leaf)))
}

// uncovered tells of the previous URLs of ti that the certificate is not for; nothing if there is none.
func uncovered(ti *v1alpha1.TokenIssuer, leaf *x509.Certificate) string {
	var out strings.Builder
	for _, previous := range ti.Status.PreviousURLs {
		if host := hostOf(previous.URL); leaf.VerifyHostname(host) != nil {
			fmt.Fprintf(&out, "; it is not for %s, the host of a previous URL that counts until %s: who still uses that cannot connect",
				host, previous.Until.UTC().Format(time.RFC3339))
		}
	}
	return out.String()
}

// fault says what is wrong with a certificate; nothing if all is well.
func fault(leaf *x509.Certificate, host string, now time.Time) string {
	switch err := leaf.VerifyHostname(host); {
	case err != nil:
		return "is not for " + host + ", the host of the issuer's URL"
	case now.Before(leaf.NotBefore):
		return "is valid only from " + leaf.NotBefore.UTC().Format(time.RFC3339)
	case now.After(leaf.NotAfter):
		return "has expired at " + leaf.NotAfter.UTC().Format(time.RFC3339)
	default:
		return ""
	}
}

func hostname(ti *v1alpha1.TokenIssuer) string { return hostOf(ti.Spec.URL) }

func hostOf(issuer string) string {
	parsed, err := url.Parse(issuer)
	if err != nil {
		return "" // admission has seen to it
	}
	return parsed.Hostname()
}
