package kube

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// item is what is kept of a Secret: one of a registration, a signing ring, a sealing ring, a file of users and a client
// secret at an identity provider elsewhere.
type item struct {
	update  registry.Update // of a registration; without a Client when it cannot be read
	name    string          // of any other Secret
	signing *ring
	sealing *keys.Ring
	users   []byte
	written time.Time // of users: when somebody wrote the Secret last; zero where that is not known
	secret  string
	version string // of users: the Secret's resourceVersion
	foreign string // the name of a Secret that is none of these
	refused error  // why one for people cannot be used
}

// ring is the signing ring, made ready and as it came.
type ring struct {
	set  *keys.Set
	wire []byte
	keys []scheduled
	gone []keys.Revoked
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
		return item{name: secret.Name, signing: signing}, err
	case secret.Type == v1alpha1.KeyRingSecretType && secret.Name == registration.SealingRingName(c.name):
		sealing, err := keys.DecodeRing(secret.Data[registration.RingDataKey])
		return item{name: secret.Name, sealing: orNil(&sealing, err)}, err
	case secret.Type == v1alpha1.UsersSecretType:
		users, err := usersIn(secret)
		return item{name: secret.Name, users: users, written: writtenAt(secret), version: secret.ResourceVersion, refused: err}, err
	case secret.Type == v1alpha1.UpstreamSecretType:
		value, err := upstreamSecretIn(secret)
		return item{name: secret.Name, secret: value, refused: err}, err
	default:
		return item{foreign: secret.Name, refused: fmt.Errorf("the type of Secret %s is %s", secret.Name, secret.Type)}, errForeign
	}
}

func (c *Cluster) compileRegistration(secret *corev1.Secret) (*policy.Client, error) {
	decoded, err := registration.DecodeData(secret.Data)
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
	r := &ring{set: set, wire: data, gone: decoded.Revoked}
	for _, k := range decoded.Keys {
		if !k.SignFrom.IsZero() {
			r.keys = append(r.keys, scheduled{k.JWK.KeyID, k.JWK.Algorithm, k.SignFrom.Unix()})
		}
	}
	return r, nil
}

// orNil is value, or nil if reading it failed.
func orNil[T any](value *T, err error) *T {
	if err != nil {
		return nil
	}
	return value
}

func usersIn(secret *corev1.Secret) ([]byte, error) {
	users, ok := secret.Data[registration.UsersDataKey]
	if !ok {
		return nil, fmt.Errorf("users: the Secret has no key %s", registration.UsersDataKey)
	}
	return users, nil
}

// writtenAt is when somebody wrote a Secret last, by the API server's clock: the same for all replicas, whenever they hear
// of it. Zero where it does not say so.
func writtenAt(secret *corev1.Secret) time.Time {
	var last time.Time
	for _, field := range secret.ManagedFields {
		if field.Time != nil && field.Time.After(last) {
			last = field.Time.Time
		}
	}
	return last
}

// upstreamSecretIn reads a client secret. A line break at its end is an editor's.
func upstreamSecretIn(secret *corev1.Secret) (string, error) {
	value := strings.TrimRight(string(secret.Data[registration.UpstreamDataKey]), "\r\n")
	if value == "" {
		return "", fmt.Errorf("client secret: the Secret has nothing under the key %s", registration.UpstreamDataKey)
	}
	return value, nil
}
