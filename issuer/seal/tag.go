package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"time"
)

const (
	tagged  = "tokenwright tag v1"
	tagSize = 16 // bytes
)

// Tag stands for text where that must not be seen: each replica makes the same of it for as long as a key of the ring is
// due, and without the key nobody can find out what it stands for by trying. It fails with keys.ErrNoKey where there is
// no key.
func (s *Sealer) Tag(text string, now time.Time) (string, error) {
	k, err := s.due(now)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, k.tag)
	mac.Write([]byte(text))
	return strict.EncodeToString(mac.Sum(nil)[:tagSize]), nil
}

// tagKey makes the key of tags (RFC 5869), which no two issuers share, nor any kind of sealed value.
func (s *Sealer) tagKey(secret []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, nil, tagged+"\x00"+s.issuer, sha256.Size)
}
