package oauthclient_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	certutil "k8s.io/client-go/util/cert"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// TestStoryOfACA: the certificates that a TokenIssuer names reach its clients' Secrets, follow when they change, and stay when
// they cannot be had; no client secret changes with them, and no private key goes anywhere.
func TestStoryOfACA(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	issuers, ti := s.TokenIssuers(), build.TokenIssuer(s.Issuer().String())
	one, _ := certified(t, "one.example")
	two, key := certified(t, "two.example")
	before := s.clientSecret(t, oc)
	step := func(when string, reason string, want []byte, writes ...string) {
		t.Helper()
		s.Writes()
		s.Reconcile(t, issuers, ti)
		s.Writes()
		s.Read(t, ti)
		s.WantCondition(t, ti, v1alpha1.CertificateReady, statusOfCA(reason), reason)
		s.pass(t, oc)
		if diff := cmp.Diff(writes, s.Writes()); diff != "" {
			t.Errorf("%s: writes of the client (-want +got):\n%s", when, diff)
		}
		held := s.credentialsSecret(oc)
		s.Read(t, held)
		if got := held.Data["ca.crt"]; string(got) != string(want) {
			t.Errorf("%s: %d bytes in ca.crt, want %d", when, len(got), len(want))
		}
		if s.clientSecret(t, oc) != before {
			t.Errorf("%s: the client secret changed", when)
		}
		configuration := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.System, Name: "default-issuer"}}
		s.Read(t, configuration)
		for _, data := range configuration.Data {
			if strings.Contains(data, "PRIVATE") {
				t.Errorf("%s: a private key stands in the ConfigMap", when)
			}
		}
		s.Reconcile(t, issuers, ti)
		s.pass(t, oc)
		if writes := s.Writes(); len(writes) != 0 {
			t.Errorf("%s: the next passes wrote %q", when, writes)
		}
	}
	corp := secret(s.System, "corp-ca")
	update := "update credentials"

	s.Read(t, ti)
	stage.Change(t, s.Stage, ti, build.Believe("corp-ca", ""))
	step("missing", v1alpha1.ReasonCABundleMissing, nil)
	corp.Data = map[string][]byte{"ca.crt": one}
	s.Create(t, corp)
	step("there", v1alpha1.ReasonCABundleValid, one, update)
	put := func(bundle []byte) {
		stage.Change(t, s.Stage, corp, func(c *corev1.Secret) { c.Data["ca.crt"] = bundle })
	}
	put(append(append([]byte{}, one...), two...))
	step("both, while one follows the other", v1alpha1.ReasonCABundleValid, append(append([]byte{}, one...), two...), update)
	put(two)
	step("the new one alone", v1alpha1.ReasonCABundleValid, two, update)
	put(append(append([]byte{}, two...), key...))
	step("with its key", v1alpha1.ReasonCABundleInvalid, two)
	s.Delete(t, corp)
	step("gone", v1alpha1.ReasonCABundleMissing, two)

	late := s.registered(t, "late")
	held := s.credentialsSecret(late)
	s.Read(t, held)
	if string(held.Data["ca.crt"]) != string(two) {
		t.Error("a client that comes while the Secret is gone does not get the last certificates")
	}
	stage.Change(t, s.Stage, ti, func(ti *v1alpha1.TokenIssuer) { ti.Spec.TLS = nil })
	s.Writes()
	s.Reconcile(t, issuers, ti)
	s.pass(t, oc)
	held = s.credentialsSecret(oc)
	s.Read(t, held)
	if held.Data["ca.crt"] != nil || held.Annotations[v1alpha1.CADigestAnnotation] != "" || s.clientSecret(t, oc) != before {
		t.Errorf("after it was named no more: %q, %q", held.Data["ca.crt"], held.Annotations)
	}
}

func statusOfCA(reason string) metav1.ConditionStatus {
	if reason == v1alpha1.ReasonCABundleValid {
		return metav1.ConditionTrue
	}
	return metav1.ConditionFalse
}

func certified(t *testing.T, host string) (certificate, key []byte) {
	t.Helper()
	certificate, key, err := certutil.GenerateSelfSignedCertKey(host, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}
