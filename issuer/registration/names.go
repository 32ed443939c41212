package registration

import (
	"crypto/sha256"
	"encoding/hex"
)

// Names of the objects that operator and issuer share, and of the keys in them. NAME is the TokenIssuer's name.
const (
	// DataKey holds the registration in its Secret.
	DataKey = "registration.json"
	// ExtrasDataKey holds the Extras of a client beside its registration; absent for most.
	ExtrasDataKey = "extras.json"
	// RingDataKey holds a key ring in its Secret.
	RingDataKey = "ring.json"
	// ConfigDataKey holds the issuer's configuration in its ConfigMap.
	ConfigDataKey = "issuer.json"
	// UsersDataKey holds the users of a static identity provider in their Secret.
	UsersDataKey = "users.yaml"
	// UpstreamDataKey holds the client secret of the issuer at an identity provider elsewhere in its Secret.
	UpstreamDataKey = "client-secret"
)

// SecretName is the name of the Secret that holds the registration of clientID at an issuer. It is derived from the
// client_id alone, so two clients cannot hold the same one.
func SecretName(issuer, clientID string) string {
	sum := sha256.Sum256([]byte(clientID))
	return issuer + "-client-" + hex.EncodeToString(sum[:20])
}

// SigningRingName is the name of the Secret with an issuer's signing keys.
func SigningRingName(issuer string) string { return issuer + "-signing-keys" }

// SealingRingName is the name of the Secret with an issuer's sealing keys.
func SealingRingName(issuer string) string { return issuer + "-sealing-keys" }

// ServiceName is what everything that serves a TokenIssuer is called, its ConfigMap among them.
func ServiceName(issuer string) string { return issuer + "-issuer" }
