package kube

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

// registrationSecret is the Secret of an ordinary client, as the operator writes it.
func registrationSecret(t testing.TB, clientID, secret string) *corev1.Secret {
	t.Helper()
	data, err := registration.Encode(issuertest.NewRegistration(clientID, secret))
	if err != nil {
		t.Fatal(err)
	}
	name := registration.SecretName(issuertest.Name, clientID)
	return labelled(name, v1alpha1.RegistrationSecretType, registration.DataKey, data)
}

func ringSecret(t testing.TB, name string, ring keys.Ring) *corev1.Secret {
	t.Helper()
	data, err := keys.EncodeRing(ring)
	if err != nil {
		t.Fatal(err)
	}
	return labelled(name, v1alpha1.KeyRingSecretType, registration.RingDataKey, data)
}

func labelled(name string, kind corev1.SecretType, key string, data []byte) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, ResourceVersion: "7", Labels: map[string]string{v1alpha1.IssuerLabel: issuertest.Name},
		},
		Type: kind,
		Data: map[string][]byte{key: data},
	}
}

func TestCompile(t *testing.T) {
	cluster := &Cluster{name: issuertest.Name}
	signing := issuertest.NewRing(t, 3, keys.ES256)
	sealing := issuertest.NewRing(t, 4, keys.XC20P)
	changed := func(s *corev1.Secret, change func(*corev1.Secret)) *corev1.Secret {
		change(s)
		return s
	}
	good := func() *corev1.Secret { return registrationSecret(t, "shop.orders", "secret") }
	for _, tc := range []struct {
		name                 string
		secret               *corev1.Secret
		named, client        bool // the item names a registration, and has its client
		signing, sealing     bool
		failed, foreignError bool
	}{
		{"registration", good(), true, true, false, false, false, false},
		{"signing ring", ringSecret(t, "default-signing-keys", signing), false, false, true, false, false, false},
		{"sealing ring", ringSecret(t, "default-sealing-keys", sealing), false, false, false, true, false, false},
		{"damaged registration", changed(good(), func(s *corev1.Secret) { s.Data[registration.DataKey] = []byte("{") }), true, false, false, false, true, false},
		{"empty registration", changed(good(), func(s *corev1.Secret) { s.Data = nil }), true, false, false, false, true, false},
		{"registration of another name", changed(good(), func(s *corev1.Secret) { s.Name = "default-client-x" }), true, false, false, false, true, false},
		{"damaged signing ring", changed(ringSecret(t, "default-signing-keys", signing), func(s *corev1.Secret) { s.Data = nil }), false, false, false, false, true, false},
		{"damaged sealing ring", changed(ringSecret(t, "default-sealing-keys", sealing), func(s *corev1.Secret) { s.Data = nil }), false, false, false, false, true, false},
		{"sealing keys as signing ring", ringSecret(t, "default-signing-keys", sealing), false, false, false, false, true, false},
		{"another issuer's ring", ringSecret(t, "other-signing-keys", signing), false, false, false, false, true, true},
		{"another type", changed(good(), func(s *corev1.Secret) { s.Type = corev1.SecretTypeOpaque }), false, false, false, false, true, true},
		{"no version", changed(good(), func(s *corev1.Secret) { s.ResourceVersion = "" }), false, false, false, false, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := cluster.compile(tc.secret)
			if (err != nil) != tc.failed || errors.Is(err, errForeign) != tc.foreignError {
				t.Errorf("error %v", err)
			}
			if (got.update.Name != "") != tc.named || (got.update.Client != nil) != tc.client ||
				(got.signing != nil) != tc.signing || (got.sealing != nil) != tc.sealing {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestReportName(t *testing.T) {
	for replica, want := range map[string]string{
		"default-issuer-7d9-x2x": "default-default-issuer-7d9-x2x",
		"My_Laptop.local":        "default-my-laptop-local",
		"":                       "default",
		"café":                   "default-caf",
	} {
		if got := reportName("default", replica); got != want {
			t.Errorf("reportName(%q) = %q, want %q", replica, got, want)
		}
	}
}
