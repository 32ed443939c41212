package e2e

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/stack/live"
)

// keysRotated waits for the rotations that were due when the first stories were told: the lead of the new key is long, and
// everything since then has happened in it. What was signed and sealed before is good still.
func keysRotated(t *testing.T, c *cluster) {
	c.quiet(t, func() {
		ti := live.Await(t, c.Installation, issuer("default"), "to sign with another key", func(ti *v1alpha1.TokenIssuer) bool {
			return slices.ContainsFunc(ti.Status.Keys, func(k v1alpha1.KeyStatus) bool {
				return k.Algorithm == keys.ES256 && k.State == v1alpha1.KeyActive && k.KID != c.rings.signing
			})
		})
		signed := c.goesOn(t).Keys
		t.Logf("calls by the key that signed their tokens: %v", signed)
		if len(signed) != 2 || signed[c.rings.signing] == 0 {
			t.Errorf("keys that signed: %v, want the prepared one and another", signed)
		}
		if !slices.ContainsFunc(ti.Status.Keys, func(k v1alpha1.KeyStatus) bool { return k.KID == c.rings.signing }) {
			t.Error("the former key is gone before the tokens that it signed")
		}
		c.sealedAnew(t)
		if c.held != nil {
			c.held.refreshes(t, c)
		}
	})
}

// sealedAnew waits until another key seals than the prepared one.
func (c *cluster) sealedAnew(t *testing.T) {
	t.Helper()
	secret := new(corev1.Secret)
	secret.Namespace, secret.Name = system, registration.SealingRingName("default")
	until(t, 2*live.Patience, "another key to seal", func(ctx context.Context) error {
		if err := c.Client.Get(ctx, client.ObjectKeyFromObject(secret), secret); err != nil {
			return err
		}
		ring, err := keys.DecodeRing(secret.Data[registration.RingDataKey])
		if err != nil {
			return err
		}
		for _, k := range ring.Keys {
			if k.JWK.KeyID != c.rings.sealing && k.StateAt(time.Now()) == keys.Active {
				return nil
			}
		}
		return errors.New("not yet")
	})
}
