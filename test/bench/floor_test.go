package bench

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"net/http"
	"strconv"
	"time"

	"tokenwright.dev/issuer/issuertest"
)

// floor is the smallest handler that does the job: it parses the form, compares one SHA-256, builds the claims, signs
// them by ES256, and answers. It checks nothing else, logs nothing and counts nothing. It is never slowed down.
type floor struct {
	key    *ecdsa.PrivateKey
	header []byte
	secret [sha256.Size]byte
}

func newFloor() (*floor, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	header := `{"alg":"ES256","kid":"0123456789012345678901234567890123456789012","typ":"at+jwt"}`
	return &floor{
		key:    key,
		header: base64.RawURLEncoding.AppendEncode(nil, []byte(header)),
		secret: sha256.Sum256([]byte(issuertest.ClientSecret)),
	}, nil
}

func (f *floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != "client_credentials" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(secret))
	if id != issuertest.ClientID || subtle.ConstantTimeCompare(sum[:], f.secret[:]) != 1 {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body := make([]byte, 0, 1024)
	body = append(body, `{"access_token":"`...)
	body = f.appendToken(body, id)
	body = append(body, `","token_type":"Bearer","expires_in":600,"scope":"orders:read"}`...)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body)
}

func (f *floor) appendToken(body []byte, id string) []byte {
	start := len(body)
	body = append(body, f.header...)
	body = append(body, '.')
	now := time.Now().Unix()
	var jti [16]byte
	_, _ = rand.Read(jti[:])
	claims := make([]byte, 0, 512)
	claims = append(claims, `{"iss":"`+issuertest.URL+`","sub":"`...)
	claims = append(claims, id...)
	claims = append(claims, `","aud":"`+issuertest.Audience+`","client_id":"`...)
	claims = append(claims, id...)
	claims = append(claims, `","scope":"orders:read","iat":`...)
	claims = strconv.AppendInt(claims, now, 10)
	claims = append(claims, `,"exp":`...)
	claims = strconv.AppendInt(claims, now+600, 10)
	claims = append(claims, `,"jti":"`...)
	claims = base64.RawURLEncoding.AppendEncode(claims, jti[:])
	claims = append(claims, `"}`...)
	body = base64.RawURLEncoding.AppendEncode(body, claims)
	return f.appendSignature(body, body[start:])
}

func (f *floor) appendSignature(body, input []byte) []byte {
	digest := sha256.Sum256(input)
	der, err := ecdsa.SignASN1(rand.Reader, f.key, digest[:])
	if err != nil {
		panic(err)
	}
	raw := rawSignature(der)
	return base64.RawURLEncoding.AppendEncode(append(body, '.'), raw[:])
}

// rawSignature reads the two integers of an ECDSA signature in DER: short lengths only, since both are of 32 bytes.
func rawSignature(der []byte) [64]byte {
	var raw [64]byte
	r := der[4 : 4+der[3]]
	s := der[6+der[3]:]
	r, s = bytes.TrimLeft(r, "\x00"), bytes.TrimLeft(s, "\x00")
	copy(raw[32-len(r):], r)
	copy(raw[64-len(s):], s)
	return raw
}

// checkRaw tells whether rawSignature agrees with the standard library's decoder.
func checkRaw(der []byte) bool {
	var want struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &want); err != nil {
		return false
	}
	raw := rawSignature(der)
	return want.R.Cmp(new(big.Int).SetBytes(raw[:32])) == 0 && want.S.Cmp(new(big.Int).SetBytes(raw[32:])) == 0
}
