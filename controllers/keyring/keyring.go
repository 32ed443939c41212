package keyring

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

var (
	// ErrUnreadable is returned for a Secret that holds no ring of a known form.
	ErrUnreadable = errors.New("key ring is unreadable")
	// ErrNotOurs is returned for a Secret that has a ring's name and is none.
	ErrNotOurs = errors.New("a Secret with the name of the key ring exists and is not ours")
	// ErrMissing is returned for a ring that is to be raised and has yet to be made.
	ErrMissing = errors.New("key ring does not exist yet")
)

// Stored is a ring as it was read. The zero value, but for its key and issuer, is a ring that does not exist yet.
type Stored struct {
	Ring   keys.Ring
	Key    types.NamespacedName
	Issuer string
	secret *corev1.Secret
}

// Load reads a ring live. A ring that does not exist is empty and remembers lifetimes up to the built-in longest of what
// it is for, so that ordinary clients never have to raise it.
func Load(ctx context.Context, reader client.Reader, issuer types.NamespacedName, name string) (Stored, error) {
	stored := Stored{Key: types.NamespacedName{Namespace: issuer.Namespace, Name: name}, Issuer: issuer.Name}
	var secret corev1.Secret
	err := reader.Get(ctx, stored.Key, &secret)
	if apierrors.IsNotFound(err) {
		stored.Ring.LongestLifetime = int64(builtin(issuer.Name, name) / time.Second)
		return stored, nil
	}
	if err != nil {
		return stored, err
	}
	if secret.Type != v1alpha1.KeyRingSecretType || secret.Labels[v1alpha1.IssuerLabel] != issuer.Name {
		return stored, fmt.Errorf("%w: %s", ErrNotOurs, stored.Key)
	}
	stored.secret = &secret
	if stored.Ring, err = keys.DecodeRing(secret.Data[registration.RingDataKey]); err != nil {
		return stored, fmt.Errorf("%w: %s: %w", ErrUnreadable, stored.Key, err)
	}
	return stored, nil
}

// builtin is how long, by built-in rules, what is under a ring lives: tokens that are signed, or refresh tokens, which are
// sealed.
func builtin(issuer, name string) time.Duration {
	if name == registration.SealingRingName(issuer) {
		return policy.MaxRefreshTokenLifetime
	}
	return max(policy.MaxAccessTokenLifetime, policy.MaxIDTokenLifetime)
}

// Save writes ring in place of what was read. Whoever wrote in between makes it fail with a conflict.
func (s Stored) Save(ctx context.Context, writer client.Writer, ring keys.Ring) error {
	data, err := keys.EncodeRing(ring)
	if err != nil {
		return fmt.Errorf("encode key ring %s: %w", s.Key, err)
	}
	secret := s.secret.DeepCopy()
	if secret == nil {
		secret = &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: s.Key.Namespace, Name: s.Key.Name},
			Type:       v1alpha1.KeyRingSecretType,
		}
	}
	metav1.SetMetaDataLabel(&secret.ObjectMeta, v1alpha1.IssuerLabel, s.Issuer)
	metav1.SetMetaDataLabel(&secret.ObjectMeta, v1alpha1.ManagedByLabel, v1alpha1.ManagedByValue)
	metav1.SetMetaDataAnnotation(&secret.ObjectMeta, v1alpha1.LongestLifetimeAnnotation, strconv.FormatInt(ring.LongestLifetime, 10))
	secret.Data = map[string][]byte{registration.RingDataKey: data}
	if s.secret == nil {
		return writer.Create(ctx, secret)
	}
	return writer.Update(ctx, secret)
}

// Raise makes a ring of an issuer remember what lives for lifetime, before anything that long is registered. A ring that does
// not exist is an ErrMissing: its first writer is the TokenIssuer's reconciler.
func Raise(ctx context.Context, reader client.Reader, writer client.Writer, issuer types.NamespacedName, name string, lifetime time.Duration) error {
	stored, err := Load(ctx, reader, issuer, name)
	if err != nil {
		return err
	}
	if stored.secret == nil {
		return fmt.Errorf("%w: %s", ErrMissing, stored.Key)
	}
	ring, changed := keys.RaiseLongest(stored.Ring, lifetime)
	if !changed {
		return nil
	}
	return stored.Save(ctx, writer, ring)
}
