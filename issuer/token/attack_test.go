package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

// attack is a token that must be refused, and why.
type attack struct {
	name string // begins with the row of the catalogue
	raw  string
	want token.VerifyError
}

// TestVerifyRefuses is the attack table, run over every kind that is read here. Every reason to refuse has a row.
func TestVerifyRefuses(t *testing.T) {
	met := map[token.VerifyError]bool{}
	tables := []func(form) []attack{headerAttacks, confusedKeys, badSignatures, badEncodings, badJSON, badClaims, badForKind}
	for _, f := range forms {
		for _, attacks := range tables {
			for _, a := range attacks(f) {
				t.Run(f.name+" "+a.name, func(t *testing.T) {
					got, err := verifier(ring()).Verify(a.raw, f.kind, audiences, now)
					if !errors.Is(err, a.want) || got != nil {
						t.Errorf("%v, %v; want %v\n%.500s", got, err, a.want, a.raw)
					}
				})
				met[a.want] = true
			}
		}
	}
	for _, reason := range reasons(t) {
		if !met[reason] {
			t.Errorf("no attack is refused for being %q", reason)
		}
	}
}

// reasons reads the source, so that a new one cannot go by without a row.
func reasons(t *testing.T) []token.VerifyError {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "refusal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []token.VerifyError
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			text, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			found = append(found, token.VerifyError(text))
		}
		return true
	})
	if len(found) == 0 {
		t.Fatal("refusal.go declares no reasons")
	}
	return found
}

// headerAttacks are signed by the right key, under a header that must not count.
func headerAttacks(f form) []attack {
	s := signer(ring(), keys.ES256)
	header := f.header(s)
	row := func(name, header string, want token.VerifyError) attack {
		return attack{name, signed(s, header, payload), want}
	}
	alg := func(name string) string { return with(header, "ES256", name) }
	kid := func(value string) string { return with(header, `"`+s.KID()+`"`, value) }
	typ := func(value string) string { return with(header, `"`+f.typ+`"`, value) }
	return []attack{
		row("JW-01 alg none", alg("none"), token.ErrAlgorithm),
		row("JW-01 alg None", alg("None"), token.ErrAlgorithm),
		row("JW-01 alg nOnE", alg("nOnE"), token.ErrAlgorithm),
		row("JW-01 alg NONE", alg("NONE"), token.ErrAlgorithm),
		row("JW-01 alg none, escaped", alg(`\u006eone`), token.ErrAlgorithm),
		row("JW-01 alg empty", alg(""), token.ErrMalformed),
		row("JW-01 no alg", with(header, `"alg":"ES256",`, ""), token.ErrAlgorithm),
		row("JW-01 alg is a list", with(header, `"ES256"`, `["ES256"]`), token.ErrMalformed),
		row("JW-01 alg is null", with(header, `"ES256"`, `null`), token.ErrMalformed),
		row("JW-14 alg es256", alg("es256"), token.ErrAlgorithm),
		row("JW-14 alg Es256", alg("Es256"), token.ErrAlgorithm),
		row("JW-14 alg with a space", alg("ES256 "), token.ErrAlgorithm),
		row("JW-14 ALG", with(header, `"alg"`, `"ALG"`), token.ErrAlgorithm),
		row("JW-03 ES384", alg("ES384"), token.ErrAlgorithm),
		row("JW-03 ES256K", alg("ES256K"), token.ErrAlgorithm),
		row("JW-03 PS256", alg("PS256"), token.ErrAlgorithm),
		row("JW-03 RS256 by a P-256 key", alg("RS256"), token.ErrKey),
		row("JW-03 EdDSA by a P-256 key", alg("EdDSA"), token.ErrKey),
		row("JW-05 no kid", with(header, `"kid":"`+s.KID()+`",`, ""), token.ErrKey),
		row("JW-05 empty kid", kid(`""`), token.ErrMalformed),
		row("JW-05 kid is a number", kid(`1`), token.ErrMalformed),
		row("JW-05 unknown kid", kid(`"unknown"`), token.ErrKey),
		row("KY-05 a key that was revoked", kid(`"revoked"`), token.ErrRevokedKey),
		row("JW-05 path as kid", kid(`"../../../../dev/null"`), token.ErrKey),
		row("JW-05 SQL as kid", kid(`"x' UNION SELECT 'a'; --"`), token.ErrKey),
		row("JW-05 template as kid", kid(`"{{.}}${7*7}"`), token.ErrKey),
		row("JW-05 NUL in kid", kid(`"`+s.KID()+`\u0000"`), token.ErrKey),
		row("JW-05 beginning of a kid", kid(`"`+s.KID()[:42]+`"`), token.ErrKey),
		row("JW-05 long kid", kid(`"`+strings.Repeat("k", 257)+`"`), token.ErrKey),
		row("JW-05 kid of 64 kB", kid(`"`+strings.Repeat("k", 64<<10)+`"`), token.ErrTooLong),
		row("JW-06 unknown crit", with(header, "{", `{"crit":["exp"],"exp":1,`), token.ErrMalformed),
		row("JW-06 empty crit", with(header, "{", `{"crit":[],`), token.ErrMalformed),
		row("JW-06 null crit", with(header, "{", `{"crit":null,`), token.ErrMalformed),
		row("JW-06 b64 in crit", with(header, "{", `{"crit":["b64"],"b64":false,`), token.ErrMalformed),
		row("JW-06 b64 outside crit", with(header, "{", `{"b64":false,`), token.ErrMalformed),
		row("JW-06 b64 as if it were not there", with(header, "{", `{"b64":true,`), token.ErrMalformed),
		row("JW-09 alg twice", with(header, "{", `{"alg":"none",`), token.ErrMalformed),
		row("JW-09 alg twice, once escaped", with(header, "{", `{"\u0061lg":"none",`), token.ErrMalformed),
		row("JW-09 kid twice", with(header, "}", `,"kid":"other"}`), token.ErrMalformed),
		row("JW-09 header is a list", "["+header+"]", token.ErrMalformed),
		row("JW-09 two headers", header+header, token.ErrMalformed),
		row("JW-12 no typ", with(header, `,"typ":"`+f.typ+`"`, ""), token.ErrType),
		row("JW-12 typ of another kind", typ(`"`+f.other+`"`), token.ErrType),
		row("JW-12 long typ of another kind", typ(`"application/`+f.other+`"`), token.ErrType),
		row("JW-12 typ in another case", typ(`"`+otherCase(f.typ)+`"`), token.ErrType),
		row("JW-12 typ of a logout token", typ(`"logout+jwt"`), token.ErrType),
		row("JW-12 typ of a DPoP proof", typ(`"dpop+jwt"`), token.ErrType),
		row("JW-12 typ of a client assertion", typ(`"client-authentication+jwt"`), token.ErrType),
		row("JW-12 typ of an introspection response", typ(`"token-introspection+jwt"`), token.ErrType),
		row("JW-12 typ with a parameter", typ(`"`+f.typ+`; charset=utf-8"`), token.ErrType),
		row("JW-12 typ empty", typ(`""`), token.ErrMalformed),
		row("JW-12 typ is a list", typ(`["`+f.typ+`"]`), token.ErrMalformed),
	}
}

// otherCase is typ in letters of the other case.
func otherCase(typ string) string {
	if upper := strings.ToUpper(typ); upper != typ {
		return upper
	}
	return strings.ToLower(typ)
}

// confusedKeys are signed, but not by the key that the header names (JW-02, JW-04).
func confusedKeys(f form) []attack {
	foreign, err := keys.Generate(keys.ES256, now)
	if err != nil {
		panic(err)
	}
	stranger := signer(setOf(foreign), keys.ES256)
	ours := signer(ring(), keys.ES256)
	public := foreign.JWK.Public()
	embedded, err := json.Marshal(&public)
	if err != nil {
		panic(err)
	}
	attacks := []attack{
		{"JW-04 foreign key under our kid", signed(stranger, f.header(ours), payload), token.ErrSignature},
		{"JW-04 foreign key under its own kid", signed(stranger, f.header(stranger), payload), token.ErrKey},
		{"JW-04 foreign key in jwk, our kid", signed(stranger, with(f.header(ours), "{", `{"jwk":`+string(embedded)+","), payload), token.ErrSignature},
		{"JW-04 foreign key in jwk, its own kid", signed(stranger, with(f.header(stranger), "{", `{"jwk":`+string(embedded)+","), payload), token.ErrKey},
		{"JW-04 jwk that is no key", signed(ours, with(f.header(ours), "{", `{"jwk":"x",`), payload), token.ErrMalformed},
		{"JW-04 foreign key behind jku", signed(stranger, with(f.header(stranger), "{", `{"jku":"http://127.0.0.1:1/jwks",`), payload), token.ErrKey},
	}
	for _, algorithm := range []string{keys.ES256, keys.RS256} {
		s := signer(ring(), algorithm)
		header := with(f.header(s), algorithm, "HS256")
		for form, secret := range publicForms(s.KID()) {
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(encode(header) + "." + encode(payload)))
			raw := encode(header) + "." + encode(payload) + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
			attacks = append(attacks, attack{"JW-02 HMAC by the public " + algorithm + " key as " + form, raw, token.ErrAlgorithm})
		}
	}
	return attacks
}

// publicForms writes a public key in every way that somebody may take for a secret.
func publicForms(kid string) map[string][]byte {
	key, _ := ring().Public(kid)
	der, err := x509.MarshalPKIXPublicKey(key.Key)
	if err != nil {
		panic(err)
	}
	jwk, err := json.Marshal(&key)
	if err != nil {
		panic(err)
	}
	forms := map[string][]byte{
		"DER":            der,
		"PEM":            pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"PEM, trimmed":   []byte(strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))),
		"JWK":            jwk,
		"key set":        ring().JWKS(),
		"kid":            []byte(kid),
		"nothing at all": {},
	}
	if key, ok := key.Key.(*rsa.PublicKey); ok {
		forms["modulus"] = key.N.Bytes()
		forms["PKCS #1"] = x509.MarshalPKCS1PublicKey(key)
	}
	return forms
}

// badSignatures stand under the right header and claims (JW-01, JW-07).
func badSignatures(f form) []attack {
	var attacks []attack
	row := func(name, algorithm string, forge func(input string) []byte) {
		input := encode(f.header(signer(ring(), algorithm))) + "." + encode(payload)
		attacks = append(attacks, attack{name, input + "." + base64.RawURLEncoding.EncodeToString(forge(input)), token.ErrSignature})
	}
	constant := func(signature []byte) func(string) []byte { return func(string) []byte { return signature } }
	honest := func(algorithm string, change func([]byte) []byte) func(string) []byte {
		return func(input string) []byte {
			raw, err := signer(ring(), algorithm).AppendSignature(nil, []byte(input))
			if err != nil {
				panic(err)
			}
			return change(decoded(string(raw)))
		}
	}
	order := elliptic.P256().Params().N.Bytes()
	row("JW-07 ES256, r = s = 0", keys.ES256, constant(make([]byte, 64)))
	row("JW-07 ES256, r = 0", keys.ES256, honest(keys.ES256, func(b []byte) []byte { clear(b[:32]); return b }))
	row("JW-07 ES256, s = 0", keys.ES256, honest(keys.ES256, func(b []byte) []byte { clear(b[32:]); return b }))
	row("JW-07 ES256, r = s = n", keys.ES256, constant(append(order, order...)))
	row("JW-07 ES256, r = s = 1", keys.ES256, constant(append(make([]byte, 31), append([]byte{1}, append(make([]byte, 31), 1)...)...)))
	row("JW-07 ES256, DER", keys.ES256, honest(keys.ES256, der))
	row("JW-07 ES256, a byte too short", keys.ES256, honest(keys.ES256, func(b []byte) []byte { return b[:63] }))
	row("JW-07 ES256, a byte too long", keys.ES256, honest(keys.ES256, func(b []byte) []byte { return append(b, 0) }))
	row("JW-07 ES256, a byte too long in front", keys.ES256, honest(keys.ES256, func(b []byte) []byte { return append([]byte{0}, b...) }))
	row("JW-07 ES256, twice", keys.ES256, honest(keys.ES256, func(b []byte) []byte { return append(b, b...) }))
	row("JW-07 ES256, one byte", keys.ES256, constant([]byte{0}))
	row("JW-07 ES256, a bit changed", keys.ES256, honest(keys.ES256, func(b []byte) []byte { b[40] ^= 1; return b }))
	row("JW-07 EdDSA, zero", keys.EdDSA, constant(make([]byte, 64)))
	row("JW-07 EdDSA, identity point", keys.EdDSA, constant(append([]byte{1}, make([]byte, 63)...)))
	row("JW-07 EdDSA, too short", keys.EdDSA, honest(keys.EdDSA, func(b []byte) []byte { return b[:63] }))
	row("JW-07 EdDSA, too long", keys.EdDSA, honest(keys.EdDSA, func(b []byte) []byte { return append(b, 0) }))
	row("JW-07 EdDSA, S beyond the order", keys.EdDSA, honest(keys.EdDSA, beyondOrder))
	row("JW-07 RS256, zero", keys.RS256, constant(make([]byte, 256)))
	row("JW-07 RS256, one", keys.RS256, constant(append(make([]byte, 255), 1)))
	row("JW-07 RS256, a zero in front", keys.RS256, honest(keys.RS256, func(b []byte) []byte { return append([]byte{0}, b...) }))
	row("JW-07 RS256, too short", keys.RS256, honest(keys.RS256, func(b []byte) []byte { return b[:255] }))
	row("JW-07 RS256, PSS", keys.RS256, pss)
	row("JW-07 RS256 by the P-256 key", keys.RS256, honest(keys.ES256, func(b []byte) []byte { return b }))
	return attacks
}

// der writes an ECDSA signature as ASN.1, as all but JWS do.
func der(raw []byte) []byte {
	out, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])})
	if err != nil {
		panic(err)
	}
	return out
}

// beyondOrder adds the order of the group to S: the same number, written another way (RFC 8032 section 5.1.7).
func beyondOrder(raw []byte) []byte {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	s := make([]byte, 32)
	for i, b := range raw[32:] {
		s[31-i] = b
	}
	sum := new(big.Int).Add(new(big.Int).SetBytes(s), order).FillBytes(s)
	for i, b := range sum {
		raw[63-i] = b
	}
	return raw
}

// pss signs with the right RSA key but the other padding.
func pss(input string) []byte {
	private := rsaKey()
	digest := sha256.Sum256([]byte(input))
	out, err := rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest[:], nil)
	if err != nil {
		panic(err)
	}
	return out
}

// TestHighS: both halves of an ECDSA signature's symmetry are valid in JWS, which asks for neither (JW-07).
func TestHighS(t *testing.T) {
	raw := mint(t, signer(ring(), keys.ES256), claims())
	header, body, signature := segments(raw)
	bytes := decoded(signature)
	s := new(big.Int).SetBytes(bytes[32:])
	new(big.Int).Sub(elliptic.P256().Params().N, s).FillBytes(bytes[32:])
	other := header + "." + body + "." + base64.RawURLEncoding.EncodeToString(bytes)
	for _, raw := range []string{raw, other} {
		if _, err := verifier(ring()).Verify(raw, token.AccessToken, audiences, now); err != nil {
			t.Error(err)
		}
	}
}

// stray is a key set that breaks the rules of ours.
type stray map[string]jose.JSONWebKey

func (s stray) Public(kid string) (jose.JSONWebKey, bool) {
	key, found := s[kid]
	return key, found
}

func (s stray) Revoked(string) bool { return false }

// TestKeysMustFit: a key that is in the set by mistake does not verify (JW-03, KY-07).
func TestKeysMustFit(t *testing.T) {
	s := signer(ring(), keys.ES256)
	good, _ := ring().Public(s.KID())
	change := func(f func(*jose.JSONWebKey)) jose.JSONWebKey {
		key := good
		f(&key)
		return key
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak := rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}
	huge := rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 16000), E: 65537}
	small := rsa.PublicKey{N: rsaKey().N, E: 3}
	one := rsa.PublicKey{N: rsaKey().N, E: 1}
	for _, tc := range []struct {
		name, alg string
		key       jose.JSONWebKey
		want      error
	}{
		{"as it should be", "ES256", good, nil},
		{"for encryption", "ES256", change(func(k *jose.JSONWebKey) { k.Use = "enc" }), token.ErrKey},
		{"for nothing in particular", "ES256", change(func(k *jose.JSONWebKey) { k.Use = "" }), token.ErrKey},
		{"for another algorithm", "ES256", change(func(k *jose.JSONWebKey) { k.Algorithm = "ES384" }), token.ErrKey},
		{"for any algorithm", "ES256", change(func(k *jose.JSONWebKey) { k.Algorithm = "" }), token.ErrKey},
		{"under another kid", "ES256", change(func(k *jose.JSONWebKey) { k.KeyID = "other" }), token.ErrKey},
		{"of another curve", "ES256", change(func(k *jose.JSONWebKey) { k.Key = &p384.PublicKey }), token.ErrKey},
		{"private", "ES256", change(func(k *jose.JSONWebKey) { k.Key = p384 }), token.ErrKey},
		{"absent", "ES256", change(func(k *jose.JSONWebKey) { k.Key = nil }), token.ErrKey},
		{"symmetric", "HS256", change(func(k *jose.JSONWebKey) { k.Key, k.Algorithm = []byte("secret"), "HS256" }), token.ErrAlgorithm},
		{"weak RSA", "RS256", change(func(k *jose.JSONWebKey) { k.Key, k.Algorithm = &weak, "RS256" }), token.ErrKey},
		{"huge RSA", "RS256", change(func(k *jose.JSONWebKey) { k.Key, k.Algorithm = &huge, "RS256" }), token.ErrKey},
		{"RSA with e = 3", "RS256", change(func(k *jose.JSONWebKey) { k.Key, k.Algorithm = &small, "RS256" }), token.ErrKey},
		{"RSA with e = 1", "RS256", change(func(k *jose.JSONWebKey) { k.Key, k.Algorithm = &one, "RS256" }), token.ErrKey},
		{"short Ed25519", "EdDSA", change(func(k *jose.JSONWebKey) { k.Key, k.Algorithm = []byte{1}, "EdDSA" }), token.ErrKey},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := token.Verifier{Issuer: issuer, Keys: stray{s.KID(): tc.key}, Algorithms: []string{"HS256", "ES256", "RS256", "EdDSA"}}
			raw := signed(s, with(headerOf(s), "ES256", tc.alg), payload)
			if _, err := v.Verify(raw, token.AccessToken, audiences, now); !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
}
