package tokenissuer

import (
	"bytes"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	certutil "k8s.io/client-go/util/cert"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/test/build"
)

// certificateOf is a self-signed certificate of a year from now, with its key.
func certificateOf(t *testing.T, host string) (certificate, key []byte) {
	t.Helper()
	certificate, key, err := certutil.GenerateSelfSignedCertKey(host, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

// TestAuthority judges what may stand in the Secret. What is refused is quoted nowhere, and no byte of it is handed on.
func TestAuthority(t *testing.T) {
	now := time.Now()
	one, key := certificateOf(t, "one.example")
	two, _ := certificateOf(t, "two.example")
	const canary = "canary-between-certificates"
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, []byte("# "+canary+"\n")) }
	damaged := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte(canary)})
	request := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte(canary)})
	for _, tc := range []struct {
		name    string
		data    map[string][]byte
		key     string
		at      time.Time
		reason  string // of the fault; empty for none
		message string
	}{
		{"one certificate", map[string][]byte{"ca.crt": one}, "", now, "", ""},
		{"two, with text between them", map[string][]byte{"ca.crt": join(one, two)}, "", now, "", ""},
		{"under another key", map[string][]byte{"root.pem": one, "ca.crt": key}, "root.pem", now, "", ""},
		{"no Secret", nil, "", now, v1alpha1.ReasonCABundleMissing, "create secret generic corp --from-file=ca.crt=FILE"},
		{"no such key", map[string][]byte{"tls.crt": one}, "", now, v1alpha1.ReasonCABundleMissing, "no key ca.crt in Secret corp"},
		{"nothing in it", map[string][]byte{"ca.crt": nil}, "", now, v1alpha1.ReasonCABundleInvalid, "no certificate in PEM"},
		{"no PEM", map[string][]byte{"ca.crt": []byte(canary)}, "", now, v1alpha1.ReasonCABundleInvalid, "no certificate in PEM"},
		{"a damaged certificate", map[string][]byte{"ca.crt": join(one, damaged)}, "", now, v1alpha1.ReasonCABundleInvalid, "cannot be read"},
		{"another kind of block", map[string][]byte{"ca.crt": join(one, request)}, "", now, v1alpha1.ReasonCABundleInvalid, "more than certificates"},
		{"a private key", map[string][]byte{"ca.crt": join(one, key)}, "", now, v1alpha1.ReasonCABundleInvalid, "holds a private key"},
		{"half a private key", map[string][]byte{"ca.crt": join(one, key[:80])}, "", now, v1alpha1.ReasonCABundleInvalid, "holds a private key"},
		{"too large", map[string][]byte{"ca.crt": append(bytes.Repeat([]byte("\n"), maxBundle), one...)}, "", now, v1alpha1.ReasonCABundleInvalid, "more than the 65536"},
		{"expired", map[string][]byte{"ca.crt": join(one, two)}, "", now.Add(3 * 365 * 24 * time.Hour), v1alpha1.ReasonCABundleInvalid, "have expired"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ti := build.TokenIssuer("system/default", build.Believe("corp", tc.key))
			var secret *corev1.Secret
			if tc.data != nil {
				secret = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "system", Name: "corp"}, Data: tc.data}
			}
			got := authorityOf(ti, secret, tc.at)
			reason, message := "", ""
			if got.fault != nil {
				reason, message = got.fault.Reason, got.fault.Message
			}
			if reason != tc.reason || !strings.Contains(message, tc.message) || (len(got.bundle) > 0) != (tc.reason == "") {
				t.Errorf("%d bytes, %s: %q, want %s: %q", len(got.bundle), reason, message, tc.reason, tc.message)
			}
			for _, leak := range []string{canary, "PRIVATE", string(key[40:80])} {
				if strings.Contains(message+string(got.bundle), leak) {
					t.Errorf("%q is handed on", leak)
				}
			}
		})
	}
}

// TestSaidOfTheCA: the certificate's own fault goes first, and where Pods have none the CA is spoken of alone.
func TestSaidOfTheCA(t *testing.T) {
	faulty := (&authority{named: true}).without(v1alpha1.ReasonCABundleMissing, "x")
	missing := condition.False(v1alpha1.CertificateReady, v1alpha1.ReasonCertificateMissing, "x")
	valid := condition.True(v1alpha1.CertificateReady, v1alpha1.ReasonCertificateValid, "x")
	for _, tc := range []struct {
		name   string
		ca     authority
		before []metav1.Condition
		reason string
	}{
		{"none named", authority{}, []metav1.Condition{valid}, v1alpha1.ReasonCertificateValid},
		{"well", authority{named: true}, []metav1.Condition{valid}, v1alpha1.ReasonCertificateValid},
		{"well, without TLS in the Pods", authority{named: true}, nil, v1alpha1.ReasonCABundleValid},
		{"faulty", faulty, []metav1.Condition{valid}, v1alpha1.ReasonCABundleMissing},
		{"faulty, without TLS in the Pods", faulty, nil, v1alpha1.ReasonCABundleMissing},
		{"both faulty", faulty, []metav1.Condition{missing}, v1alpha1.ReasonCertificateMissing},
	} {
		if got := tc.ca.into(tc.before); len(got) != 1 || got[0].Reason != tc.reason {
			t.Errorf("%s: %+v, want %s", tc.name, got, tc.reason)
		}
	}
}

// TestExpiryOfTheCA: there is a pass just after the last certificate expires, and none sooner for its sake.
func TestExpiryOfTheCA(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	hour := authority{named: true, until: now.Add(time.Hour)}
	failed := (&authority{named: true, until: hour.until}).without(v1alpha1.ReasonCABundleMissing, "x")
	for _, tc := range []struct {
		name       string
		ca         authority
		after, out time.Duration
	}{
		{"no CA", authority{}, time.Minute, time.Minute},
		{"nothing else to look at", hour, 0, time.Hour + time.Second},
		{"something sooner", hour, time.Minute, time.Minute},
		{"something later", hour, 2 * time.Hour, time.Hour + time.Second},
		{"a fault, which a change of the Secret ends", failed, 0, 0},
	} {
		if got := tc.ca.within(tc.after, now); got != tc.out {
			t.Errorf("%s: again after %v, want %v", tc.name, got, tc.out)
		}
	}
}

// FuzzBundle holds the law of what clients are given: certificates and nothing else, and reading it again changes nothing.
func FuzzBundle(f *testing.F) {
	certificate, key, err := certutil.GenerateSelfSignedCertKey("one.example", nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{certificate, key, append(certificate, key...), []byte("-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bundle, until, err := readBundle(data, time.Now())
		if err != nil {
			if bundle != nil {
				t.Errorf("%d bytes beside %v", len(bundle), err)
			}
			return
		}
		again, same, err := readBundle(bundle, time.Now())
		if err != nil || !bytes.Equal(again, bundle) || !same.Equal(until) || bytes.Contains(bundle, []byte("PRIVATE KEY")) {
			t.Errorf("read again: %v, %d bytes of %d", err, len(again), len(bundle))
		}
	})
}
