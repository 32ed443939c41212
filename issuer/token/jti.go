package token

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

const (
	// idSize makes a token identifier of 128 random bits: none is ever met twice, and none can be guessed.
	idSize = 16
	// ownerSize is what an identifier says of its owner: two UIDs that an API server drew agree in it once in 2^48 times.
	ownerSize = 6
)

// NewID makes a token identifier (RFC 7519 section 4.1.7), in base64url.
func NewID() string {
	var id [idSize]byte
	_, _ = rand.Read(id[:]) // never fails, by its contract
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// NewOwnedID makes a token identifier that OwnedBy tells the owner of, the UID of a client: the name of a client may pass to
// another one, and no claim that resource servers know says which of them a token was for.
func NewOwnedID(owner string) string {
	var id [idSize + ownerSize]byte
	_, _ = rand.Read(id[:idSize])
	tag := ownerTag(owner)
	copy(id[idSize:], tag[:])
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// OwnedBy tells whether the identifier may be of a token of that owner. One that NewID made, as former versions did for all
// tokens, says nothing of that: it may.
func OwnedBy(id, owner string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(raw) != idSize+ownerSize {
		return err == nil && len(raw) == idSize
	}
	tag := ownerTag(owner)
	return subtle.ConstantTimeCompare(raw[idSize:], tag[:]) == 1
}

// ownerTag is a short hash of an owner.
func ownerTag(owner string) [ownerSize]byte {
	const uid = 128 // any UID, so that this one hash costs no memory
	var space [uid]byte
	sum := sha256.Sum256(append(append(space[:0], "token of client\x00"...), owner...))
	return [ownerSize]byte(sum[:ownerSize])
}
