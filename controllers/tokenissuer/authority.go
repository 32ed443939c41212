package tokenissuer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

// maxBundle bounds the certificates of a CA, in bytes: each client's Secret gets a copy.
const maxBundle = 64 << 10

// authority is the private CA that clients of an issuer are to believe.
type authority struct {
	// named says that the TokenIssuer names one.
	named bool
	// bundle holds its certificates in PEM; nil if they cannot be had. Then those that clients were given last stay.
	bundle []byte
	// until is when the last of these certificates expires.
	until time.Time
	// fault is what is wrong with what was found; nil if all is well.
	fault *metav1.Condition
}

// authority reads, live, the certificates that ti names.
func (r *Reconciler) authority(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time) (authority, error) {
	ref := caReference(ti)
	if ref == nil {
		return authority{}, nil
	}
	secret := new(corev1.Secret)
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: ti.Namespace, Name: ref.Name}, secret)
	if apierrors.IsNotFound(err) {
		return authorityOf(ti, nil, now), nil
	}
	return authorityOf(ti, secret, now), err
}

// authorityOf judges what stands in the Secret that ti names; nil means that there is none.
func authorityOf(ti *v1alpha1.TokenIssuer, secret *corev1.Secret, now time.Time) authority {
	ref, out := caReference(ti), authority{named: true}
	if secret == nil {
		return out.without(v1alpha1.ReasonCABundleMissing, fmt.Sprintf(
			"there is no Secret %s with the certificates of the CA, as tls.caSecretRef says: create it with \"kubectl -n %s create secret generic %s --from-file=%s=FILE\"",
			ref.Name, ti.Namespace, ref.Name, caKey(ref)))
	}
	data, ok := secret.Data[caKey(ref)]
	if !ok {
		return out.without(v1alpha1.ReasonCABundleMissing, fmt.Sprintf(
			"there is no key %s in Secret %s: write the certificates of the CA there, or name their key in tls.caSecretRef.key", caKey(ref), ref.Name))
	}
	bundle, until, err := readBundle(data, now)
	if err != nil {
		return out.without(v1alpha1.ReasonCABundleInvalid, fmt.Sprintf("key %s of Secret %s %v", caKey(ref), ref.Name, err))
	}
	out.bundle, out.until = bundle, until
	return out
}

func (a *authority) without(reason, message string) authority {
	a.fault = new(condition.False(v1alpha1.CertificateReady, reason, message+"; clients keep the certificates that they were given last"))
	return *a
}

func caReference(ti *v1alpha1.TokenIssuer) *v1alpha1.CASecretReference {
	if ti.Spec.TLS == nil {
		return nil
	}
	return ti.Spec.TLS.CASecretRef
}

func caKey(ref *v1alpha1.CASecretReference) string {
	if ref.Key == "" {
		return corev1.ServiceAccountRootCAKey
	}
	return ref.Key
}

// readBundle reads certificates in PEM (RFC 7468), and writes them anew: what stands between them, which may be anything, is
// never copied. It tells when the last of them expires. No error quotes what was read.
func readBundle(data []byte, now time.Time) (bundle []byte, until time.Time, err error) {
	switch {
	case len(data) > maxBundle:
		return nil, until, fmt.Errorf("holds %d bytes, more than the %d that each client's Secret can take: leave in it the certificates that sign the issuer's", len(data), maxBundle)
	case bytes.Contains(data, []byte("PRIVATE KEY")):
		return nil, until, errors.New("holds a private key, which nobody else may have: leave the certificates alone in it")
	}
	var out bytes.Buffer
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, until, errors.New("holds more than certificates: leave these alone in it")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, until, errors.New("holds a certificate that cannot be read: write it anew")
		}
		if certificate.NotAfter.After(until) {
			until = certificate.NotAfter
		}
		out.Write(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
	}
	switch {
	case out.Len() == 0:
		return nil, until, errors.New("holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----")
	case now.After(until):
		return nil, until, fmt.Errorf("holds certificates that have expired, the last at %s: replace them", until.UTC().Format(time.RFC3339))
	}
	return out.Bytes(), until, nil
}

// publish puts the certificates into the issuer's ConfigMap, made from the one that was seen, where the clients' reconciler
// finds them. If they cannot be had, those that stand there are the last that could, and are believed.
func (a *authority) publish(next, seen *corev1.ConfigMap) {
	if a.named && a.bundle == nil {
		if last := seen.Data[corev1.ServiceAccountRootCAKey]; digest([]byte(last)) == seen.Annotations[v1alpha1.CADigestAnnotation] {
			a.bundle = []byte(last)
		}
	}
	if len(a.bundle) == 0 {
		delete(next.Annotations, v1alpha1.CADigestAnnotation)
		return
	}
	next.Data[corev1.ServiceAccountRootCAKey] = string(a.bundle)
	metav1.SetMetaDataAnnotation(&next.ObjectMeta, v1alpha1.CADigestAnnotation, digest(a.bundle))
}

func digest(bundle []byte) string {
	sum := sha256.Sum256(bundle)
	return hex.EncodeToString(sum[:])
}

// beside is a certificate as somebody sees it who believes the CA as well.
func (a *authority) beside(certificate *corev1.Secret) *corev1.Secret {
	if len(a.bundle) == 0 {
		return certificate
	}
	out := new(corev1.Secret)
	if certificate != nil {
		out = certificate.DeepCopy()
	}
	if out.Data == nil {
		out.Data = map[string][]byte{}
	}
	own := bytes.TrimSuffix(out.Data[corev1.ServiceAccountRootCAKey], []byte("\n"))
	out.Data[corev1.ServiceAccountRootCAKey] = append(append(own, '\n'), a.bundle...)
	return out
}

// into is conditions with what is to be said of the CA: in CertificateReady, where the certificate's own fault goes first.
func (a *authority) into(conditions []metav1.Condition) []metav1.Condition {
	if !a.named {
		return conditions
	}
	said := condition.True(v1alpha1.CertificateReady, v1alpha1.ReasonCABundleValid, fmt.Sprintf(
		"clients get the certificates of the CA, the last of which is valid until %s", a.until.UTC().Format(time.RFC3339)))
	if a.fault != nil {
		said = *a.fault
	}
	for i, c := range conditions {
		if c.Type == v1alpha1.CertificateReady {
			if c.Status == metav1.ConditionTrue && a.fault != nil {
				conditions[i] = said
			}
			return conditions
		}
	}
	return append([]metav1.Condition{said}, conditions...)
}

// within is the sooner of a time and the end of the last certificate, after which it is to be said that they have expired.
// Zero is never.
func (a *authority) within(after time.Duration, now time.Time) time.Duration {
	if a.fault != nil || !a.until.After(now) {
		return after
	}
	if left := a.until.Sub(now) + time.Second; after == 0 || left < after {
		return left
	}
	return after
}
