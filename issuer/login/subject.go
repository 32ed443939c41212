package login

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"tokenwright.dev/issuer/seal"
)

const (
	subjectPrefix = "usr_"
	subjectSize   = 26 // characters of base32: 130 bits
)

var subjectEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Subject is the sub of the person whom provider calls own (OpenID Connect Core section 5.7). It is made of what the
// provider never gives to another person, so it survives a change of name or address, and no two providers share one.
func Subject(provider, own string) string {
	hash := sha256.New()
	for _, part := range []string{provider, own} {
		// The length comes first, or ("ab", "c") would be ("a", "bc").
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		hash.Write([]byte(part))
	}
	text := subjectEncoding.EncodeToString(hash.Sum(nil))
	return subjectPrefix + strings.ToLower(text[:subjectSize])
}

// TagUsername stands for a name that is nobody's, where it must not be seen: it may be a password that was typed in the
// wrong place. Case and spaces around it do not count, as in a login.
func TagUsername(sealer *seal.Sealer, username string, now time.Time) (string, error) {
	return sealer.Tag("username\x00"+fold(strings.TrimSpace(username)), now)
}
