package keyring_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/keyring"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/env"
)

// place is where the rings of a test stand.
func place(t *testing.T) (*env.Env, types.NamespacedName) {
	t.Helper()
	e := env.Start(t)
	return e, types.NamespacedName{Namespace: e.Namespace(t), Name: "default"}
}

func load(t *testing.T, e *env.Env, issuer types.NamespacedName) keyring.Stored {
	t.Helper()
	stored, err := keyring.Load(t.Context(), e.Client, issuer, registration.SigningRingName(issuer.Name))
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func save(t *testing.T, e *env.Env, stored keyring.Stored, longest time.Duration) {
	t.Helper()
	stored.Ring.LongestLifetime = int64(longest / time.Second)
	stored.Ring.Revision++
	if err := stored.Save(t.Context(), e.Client, stored.Ring); err != nil {
		t.Fatal(err)
	}
}

func secret(t *testing.T, e *env.Env, issuer types.NamespacedName) *corev1.Secret {
	t.Helper()
	held := new(corev1.Secret)
	key := types.NamespacedName{Namespace: issuer.Namespace, Name: registration.SigningRingName(issuer.Name)}
	if err := e.Client.Get(t.Context(), key, held); err != nil {
		t.Fatal(err)
	}
	return held
}

func TestSavedRingIsLoaded(t *testing.T) {
	e, issuer := place(t)
	key, err := keys.Generate(keys.ES256, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	stored := load(t, e, issuer)
	stored.Ring.Keys = []keys.Key{key}
	save(t, e, stored, 2*time.Hour)
	got := load(t, e, issuer).Ring
	if got.LongestLifetime != 7200 || len(got.Keys) != 1 || got.Keys[0].JWK.KeyID != key.JWK.KeyID {
		t.Errorf("loaded %d keys and %d s, want what was saved", len(got.Keys), got.LongestLifetime)
	}
	held := secret(t, e, issuer)
	want := map[string]string{v1alpha1.IssuerLabel: "default", v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue}
	if diff := cmp.Diff(want, held.Labels); diff != "" || held.Annotations[v1alpha1.LongestLifetimeAnnotation] != "7200" {
		t.Errorf("annotations %v, labels (-want +got):\n%s", held.Annotations, diff)
	}
}

// TestNewRingSuitsOrdinaryClients remembers the built-in longest lifetime from the start.
func TestNewRingSuitsOrdinaryClients(t *testing.T) {
	e, issuer := place(t)
	if got := load(t, e, issuer).Ring.LongestLifetime; got != 3600 {
		t.Errorf("a new ring remembers %d s, want 3600", got)
	}
	sealing, err := keyring.Load(t.Context(), e.Client, issuer, registration.SealingRingName(issuer.Name))
	if got := sealing.Ring.LongestLifetime; err != nil || got != 2592000 {
		t.Errorf("a new sealing ring remembers %d s (%v), want 2592000, for refresh tokens", got, err)
	}
}

// TestLaterWriterLoses saves what was loaded before somebody else saved.
func TestLaterWriterLoses(t *testing.T) {
	e, issuer := place(t)
	first, second := load(t, e, issuer), load(t, e, issuer)
	save(t, e, first, time.Hour)
	if err := second.Save(t.Context(), e.Client, second.Ring); !apierrors.IsAlreadyExists(err) {
		t.Errorf("the second to create: %v, want AlreadyExists", err)
	}
	third, fourth := load(t, e, issuer), load(t, e, issuer)
	save(t, e, third, 2*time.Hour)
	if err := fourth.Save(t.Context(), e.Client, fourth.Ring); !apierrors.IsConflict(err) {
		t.Errorf("the second to update: %v, want a conflict", err)
	}
	if got := load(t, e, issuer).Ring.LongestLifetime; got != 7200 {
		t.Errorf("the ring remembers %d s, want those of the first writer", got)
	}
}

func TestRaise(t *testing.T) {
	e, issuer := place(t)
	raise := func(d time.Duration) error {
		return keyring.Raise(t.Context(), e.Client, e.Client, issuer, registration.SigningRingName(issuer.Name), d)
	}
	if err := raise(time.Hour); err == nil {
		t.Error("raised a ring that does not exist")
	}
	save(t, e, load(t, e, issuer), time.Hour)
	before := secret(t, e, issuer)
	if err := raise(30 * time.Minute); err != nil || secret(t, e, issuer).ResourceVersion != before.ResourceVersion {
		t.Errorf("raising to less: %v; it wrote: %t", err, secret(t, e, issuer).ResourceVersion != before.ResourceVersion)
	}
	if err := raise(3 * time.Hour); err != nil || load(t, e, issuer).Ring.LongestLifetime != 3*3600 {
		t.Errorf("raising to more: %v; the ring remembers %d s", err, load(t, e, issuer).Ring.LongestLifetime)
	}
	if got := secret(t, e, issuer).Annotations[v1alpha1.LongestLifetimeAnnotation]; got != "10800" {
		t.Errorf("readers of metadata are told of %s s, want 10800", got)
	}
}

// TestWhatIsNoRingIsLeftAlone is the table of Secrets in a ring's place.
func TestWhatIsNoRingIsLeftAlone(t *testing.T) {
	ours := map[string]string{v1alpha1.IssuerLabel: "default"}
	for _, tc := range []struct {
		name   string
		held   corev1.Secret
		reason error
	}{
		{"no data", corev1.Secret{Type: v1alpha1.KeyRingSecretType, ObjectMeta: metav1.ObjectMeta{Labels: ours}}, keyring.ErrUnreadable},
		{"garbled", corev1.Secret{Type: v1alpha1.KeyRingSecretType, ObjectMeta: metav1.ObjectMeta{Labels: ours},
			Data: map[string][]byte{registration.RingDataKey: []byte("{")}}, keyring.ErrUnreadable},
		{"another type", corev1.Secret{ObjectMeta: metav1.ObjectMeta{Labels: ours}}, keyring.ErrNotOurs},
		{"another issuer's", corev1.Secret{Type: v1alpha1.KeyRingSecretType, ObjectMeta: metav1.ObjectMeta{
			Labels: map[string]string{v1alpha1.IssuerLabel: "other"}}}, keyring.ErrNotOurs},
		{"of nobody", corev1.Secret{Type: v1alpha1.KeyRingSecretType}, keyring.ErrNotOurs},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, issuer := place(t)
			held := tc.held.DeepCopy()
			held.Namespace, held.Name = issuer.Namespace, registration.SigningRingName(issuer.Name)
			if err := e.Client.Create(t.Context(), held); err != nil {
				t.Fatal(err)
			}
			if _, err := keyring.Load(t.Context(), e.Client, issuer, held.Name); !errors.Is(err, tc.reason) {
				t.Errorf("Load: %v, want %v", err, tc.reason)
			}
			if err := keyring.Raise(t.Context(), e.Client, e.Client, issuer, held.Name, 24*time.Hour); !errors.Is(err, tc.reason) {
				t.Errorf("Raise: %v, want %v", err, tc.reason)
			}
			if diff := cmp.Diff(held, secret(t, e, issuer)); diff != "" {
				t.Errorf("the Secret changed (-before +after):\n%s", diff)
			}
		})
	}
}
