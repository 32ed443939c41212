package e2e

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

// due is how long after it is made the prepared ring asks for a rotation: when the workload runs.
const due = 20 * time.Second

// rings are the kids of the keys that sign and seal before they rotate.
type rings struct{ signing, sealing string }

// prepareRings makes the rings that an operator would have left that has run for an hour, which is the least for which a key
// signs: the rotation that is due in a moment is the operator's own.
func (c *cluster) prepareRings(t *testing.T) {
	t.Helper()
	now := time.Now()
	old := now.Add(due + keys.Lead - time.Hour)
	signing, sealing := key(t, keys.ES256, old), key(t, keys.XC20P, old)
	c.rings = rings{signing: signing.JWK.KeyID, sealing: sealing.JWK.KeyID}
	c.create(t, ring(t, registration.SigningRingName("default"), 3600, signing, key(t, keys.RS256, now.Add(-10*time.Minute))))
	c.create(t, ring(t, registration.SealingRingName("default"), 30*24*3600, sealing))
}

func key(t *testing.T, algorithm string, from time.Time) keys.Key {
	t.Helper()
	made, err := keys.Generate(algorithm, from)
	if err != nil {
		t.Fatal(err)
	}
	made.SignFrom = from.UTC().Truncate(time.Second)
	return made
}

func ring(t *testing.T, name string, longest int64, held ...keys.Key) *corev1.Secret {
	t.Helper()
	data, err := keys.EncodeRing(keys.Ring{Revision: 1, LongestLifetime: longest, Keys: held})
	if err != nil {
		t.Fatal(err)
	}
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: name, Labels: map[string]string{
			v1alpha1.IssuerLabel: "default", v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue,
		}},
		Type: v1alpha1.KeyRingSecretType,
		Data: map[string][]byte{registration.RingDataKey: data},
	}
}
