package keys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"testing"
)

// FuzzJoinES256 holds three laws: joining never panics; a signature that crypto/ecdsa accepts as ASN.1 is joined, and
// means the same in the form of JWS; and what was joined is no signature where crypto/ecdsa says that it is none.
func FuzzJoinES256(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	digest := sha256.Sum256([]byte("header.claims"))
	for range 8 {
		der, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
		f.Add(der[:len(der)-1])
		f.Add(append(der, 0))
	}
	for _, der := range []string{
		"", "\x30\x00", "\x30\x80", "\x30\x06\x02\x01\x00\x02\x01\x00", "\x30\x06\x02\x01\xff\x02\x01\x01",
		"\x30\x08\x02\x02\x00\x01\x02\x02\x00\x01", "\x30\x84\xff\xff\xff\xff",
	} {
		f.Add([]byte(der))
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		var raw [2 * coordinateSize]byte
		joined := joinES256(&raw, der) == nil
		r, s := new(big.Int).SetBytes(raw[:coordinateSize]), new(big.Int).SetBytes(raw[coordinateSize:])
		valid := ecdsa.VerifyASN1(&key.PublicKey, digest[:], der)
		if verifies := ecdsa.Verify(&key.PublicKey, digest[:], r, s); valid != (joined && verifies) {
			t.Errorf("%x: valid as ASN.1 is %v, joined is %v, valid then is %v", der, valid, joined, verifies)
		}
	})
}
