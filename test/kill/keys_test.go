package kill

import (
	"context"
	"crypto"
	"encoding/json"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/stack/live"
)

// lead is the least time for which a key is served before it signs (KY-02).
const lead = 60 * time.Second

// oldRing is the signing ring that an operator of long standing would have left: a key whose last token has expired by
// every clock (keys.Skew), the one that signs, and two that take over in a moment. Rotations of an hour's making so happen
// while the test looks, and none of them waits for a replica to renew its report.
func oldRing(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	at := func(seconds int) time.Time { return now.Add(time.Duration(seconds) * time.Second) }
	ring := keys.Ring{Revision: 7, LongestLifetime: 3600}
	for _, life := range []struct{ from, until, last time.Time }{
		{at(-9000), at(-3665), at(-65)},
		{at(-3665), at(30), at(3630)},
		{at(30), at(40), at(3640)},
		{at(40), time.Time{}, time.Time{}},
	} {
		key, err := keys.Generate(keys.ES256, at(-9000))
		if err != nil {
			t.Fatal(err)
		}
		key.SignFrom, key.SignUntil, key.LastExpiry = life.from, life.until, life.last
		ring.Keys = append(ring.Keys, key)
	}
	data, err := keys.EncodeRing(ring)
	if err != nil {
		t.Fatal(err)
	}
	secret := &corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: stack.Namespace, Name: registration.SigningRingName(stack.DefaultIssuer),
			Labels: map[string]string{
				v1alpha1.IssuerLabel: stack.DefaultIssuer, v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue,
			},
			Annotations: map[string]string{v1alpha1.LongestLifetimeAnnotation: strconv.FormatInt(ring.LongestLifetime, 10)},
		},
		Type: v1alpha1.KeyRingSecretType,
		Data: map[string][]byte{registration.RingDataKey: data},
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: object}
}

// publicKeys is what the world knows of the issuer's keys: it never stops asking for the key set, and remembers since when
// it knows each key.
type publicKeys struct {
	in     *live.Installation
	began  metav1.Time
	cancel context.CancelFunc
	asking sync.WaitGroup

	mu      sync.Mutex
	answers int
	first   map[string]bool      // of the first answer
	since   map[string]time.Time // by kid
	used    map[string]time.Time // when a token was first asked for that the key then signed
	latest  *oidc.IDTokenVerifier
}

// watchKeys returns when the first answer is there.
func watchKeys(t *testing.T, in *live.Installation) *publicKeys {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	k := &publicKeys{in: in, began: metav1.Now(), cancel: cancel, first: map[string]bool{}, since: map[string]time.Time{}, used: map[string]time.Time{}}
	if !k.ask(ctx) {
		t.Fatal("no key set")
	}
	for kid := range k.since {
		k.first[kid] = true
	}
	k.asking.Go(func() {
		for pause := time.NewTicker(50 * time.Millisecond); ctx.Err() == nil; <-pause.C {
			k.ask(ctx)
		}
	})
	return k
}

// ask fetches the key set once; the issuer may be dead.
func (k *publicKeys) ask(ctx context.Context) bool {
	answer, err := k.in.Get(ctx, k.in.IssuerURL+"/jwks")
	var set jose.JSONWebKeySet
	if err != nil || answer.Status != 200 || json.Unmarshal(answer.Body, &set) != nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	known := &oidc.StaticKeySet{}
	for _, key := range set.Keys {
		if _, ok := k.since[key.KeyID]; !ok {
			k.since[key.KeyID] = time.Now()
		}
		known.PublicKeys = append(known.PublicKeys, key.Key.(crypto.PublicKey))
	}
	k.answers++
	k.latest = oidc.NewVerifier(k.in.IssuerURL, known, &oidc.Config{
		SkipClientIDCheck: true, SupportedSigningAlgs: []string{oidc.ES256, oidc.RS256, oidc.EdDSA},
	})
	return true
}

// verifier knows the keys of the last answer and will never ask for others.
func (k *publicKeys) verifier() *oidc.IDTokenVerifier {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.latest
}

// saw notes that a key has signed a token that was asked for at that time.
func (k *publicKeys) saw(kid string, asked time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if first, ok := k.used[kid]; !ok || asked.Before(first) {
		k.used[kid] = asked
	}
}

// end judges: no key signed that was not known before, none that is not in the first answer signs or will before its lead,
// and the key under which nothing lives is gone. It returns at a time when no key is about to change its state.
func (k *publicKeys) end(t *testing.T) {
	t.Helper()
	ti := live.Await(t, k.in, &v1alpha1.TokenIssuer{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: stack.DefaultIssuer}},
		"to have a date for every key, none whose last token has expired, and none that is about to change", func(ti *v1alpha1.TokenIssuer) bool {
			for _, key := range ti.Status.Keys {
				if key.SignFrom == nil || key.RemoveAfter != nil && key.RemoveAfter.Before(&k.began) || !settled(key) {
					return false
				}
			}
			return len(ti.Status.Keys) > 0
		})
	k.cancel()
	k.asking.Wait()
	for kid, asked := range k.used {
		if since, ok := k.since[kid]; !ok || !since.Before(asked) {
			t.Errorf("key %s signed a token that was asked for at %v, and was first served at %v", kid, asked, since)
		} else if !k.first[kid] && asked.Sub(since) < lead {
			t.Errorf("key %s signed %v after it was first served, want %v at least", kid, asked.Sub(since), lead)
		}
	}
	later := 0
	for kid, from := range k.signFrom(t) {
		if k.first[kid] || from.IsZero() {
			continue
		}
		later++
		if since, ok := k.since[kid]; !ok || from.Sub(since) < lead {
			t.Errorf("key %s is to sign at %v, and was first served at %v: want %v between", kid, from, since, lead)
		}
	}
	t.Logf("%d answers for the key set, %d keys served, %d of them signed, %d more are to; the status lists %d",
		k.answers, len(k.since), len(k.used), later, len(ti.Status.Keys))
}

// settled tells whether the status has the state of key as it is now, and as it will be for a while: long enough for an
// operator that starts again to find nothing to write.
func settled(key v1alpha1.KeyStatus) bool {
	const aWhile = 20 * time.Second
	life := keys.Key{SignFrom: key.SignFrom.Time}
	if key.SignUntil != nil {
		life.SignUntil = key.SignUntil.Time
	}
	now := time.Now()
	return string(life.StateAt(now)) == string(key.State) && life.StateAt(now.Add(aWhile)) == life.StateAt(now)
}

// signFrom reads from the ring when each key signs.
func (k *publicKeys) signFrom(t *testing.T) map[string]time.Time {
	t.Helper()
	secret := new(corev1.Secret)
	name := client.ObjectKey{Namespace: stack.Namespace, Name: registration.SigningRingName(stack.DefaultIssuer)}
	if err := k.in.Client.Get(t.Context(), name, secret); err != nil {
		t.Fatal(err)
	}
	ring, err := keys.DecodeRing(secret.Data[registration.RingDataKey])
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]time.Time{}
	for _, key := range ring.Keys {
		out[key.JWK.KeyID] = key.SignFrom
	}
	return out
}
