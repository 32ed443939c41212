package registration

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"hash/crc32"
	"strings"
	"time"
)

// A client secret is SecretPrefix, 256 random bits in base64url, and a checksum, so that scanners can tell a leaked
// secret from noise without asking anybody.
const (
	SecretPrefix   = "tw_cs_"
	entropySize    = 32
	encodedEntropy = 43
	checksumSize   = 6
	hashSize       = sha256.Size
)

// Entropy is what one client secret is made of; it comes from a cryptographic source.
type Entropy [entropySize]byte

// NewSecret writes entropy as a client secret.
func NewSecret(entropy Entropy) string {
	body := base64.RawURLEncoding.EncodeToString(entropy[:])
	return SecretPrefix + body + checksum(body)
}

// WellFormed tells whether secret has the form of NewSecret, checksum included. It says nothing of who knows it.
func WellFormed(secret string) bool {
	body, ok := strings.CutPrefix(secret, SecretPrefix)
	if !ok || len(body) != encodedEntropy+checksumSize {
		return false
	}
	entropy, err := base64.RawURLEncoding.Strict().DecodeString(body[:encodedEntropy])
	return err == nil && len(entropy) == entropySize && body[encodedEntropy:] == checksum(body[:encodedEntropy])
}

// HashSecret is what a registration keeps of a secret.
func HashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Match finds the credential that secret belongs to, among those that have not expired at now. It compares every hash,
// in constant time, whatever the outcome.
func (r *Registration) Match(secret string, now time.Time) (Credential, bool) {
	sum := sha256.Sum256([]byte(secret))
	found := -1
	for i, c := range r.Credentials {
		if subtle.ConstantTimeCompare(c.SecretHash, sum[:]) == 1 && !c.ExpiredAt(now) {
			found = i
		}
	}
	if found < 0 {
		return Credential{}, false
	}
	return r.Credentials[found], true
}

// checksum is the CRC-32 (IEEE) of body in six base62 digits.
func checksum(body string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := crc32.ChecksumIEEE([]byte(body))
	var out [checksumSize]byte
	for i := range out {
		out[checksumSize-1-i] = digits[sum%62]
		sum /= 62
	}
	return string(out[:])
}
