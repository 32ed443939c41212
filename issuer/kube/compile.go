package kube

import (
	"errors"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// item is what is kept of a Secret: one of a registration, a signing ring and a sealing ring, ready for use.
type item struct {
	update  registry.Update // of a registration; without a Client when it cannot be read
	signing *ring
	sealing *ring
}

// ring is a key ring of which only the signers are kept.
type ring struct {
	revision int64
	set      *keys.Set // of the signing ring
	keys     []scheduled
}

// scheduled tells when a key begins to sign.
type scheduled struct {
	kid, algorithm string
	signFrom       int64
}

var errForeign = errors.New("not one of the issuer's Secrets")

// compile makes a Secret ready for use. With an error other than errForeign the item still names the registration that
// cannot be read, so that nobody is that client any more.
func (c *Cluster) compile(secret *corev1.Secret) (item, error) {
	version, err := strconv.ParseUint(secret.ResourceVersion, 10, 64)
	if err != nil {
		return item{}, fmt.Errorf("resource version: %w", err)
	}
	switch {
	case secret.Type == v1alpha1.RegistrationSecretType:
		client, err := c.compileRegistration(secret)
		return item{update: registry.Update{Name: secret.Name, Version: version, Client: client}}, err
	case secret.Type == v1alpha1.KeyRingSecretType && secret.Name == registration.SigningRingName(c.name):
		signing, err := compileSigning(secret.Data[registration.RingDataKey])
		return item{signing: signing}, err
	case secret.Type == v1alpha1.KeyRingSecretType && secret.Name == registration.SealingRingName(c.name):
		sealing, err := compileSealing(secret.Data[registration.RingDataKey])
		return item{sealing: sealing}, err
	default:
		return item{}, errForeign
	}
}

func (c *Cluster) compileRegistration(secret *corev1.Secret) (*policy.Client, error) {
	decoded, err := registration.Decode(secret.Data[registration.DataKey])
	if err != nil {
		return nil, err
	}
	if secret.Name != registration.SecretName(c.name, decoded.ClientID) {
		return nil, errors.New("registration: its client_id does not belong to the name of its Secret")
	}
	return policy.NewClient(decoded), nil
}

func compileSigning(data []byte) (*ring, error) {
	decoded, err := keys.DecodeRing(data)
	if err != nil {
		return nil, err
	}
	set, err := keys.NewSet(decoded)
	if err != nil {
		return nil, err
	}
	r := &ring{revision: decoded.Revision, set: set}
	for _, k := range decoded.Keys {
		if !k.SignFrom.IsZero() {
			r.keys = append(r.keys, scheduled{k.JWK.KeyID, k.JWK.Algorithm, k.SignFrom.Unix()})
		}
	}
	return r, nil
}

func compileSealing(data []byte) (*ring, error) {
	decoded, err := keys.DecodeRing(data)
	if err != nil {
		return nil, err
	}
	return &ring{revision: decoded.Revision}, nil
}
