#!/usr/bin/env bash
# Ask libraries that verify tokens how they keep our key set: each is shown a token, then one by a new key, then the first key
# is revoked. And ask which algorithms, types and forms of aud they take. The issuer is the real one; the libraries are fetched
# into a temporary module, so that this one does not need them. It takes about a minute, and fails if a library does something
# else than docs/verifiers.md says.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >verifiers_test.go <<'GO'
package verifiers

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/auth0/go-jwt-middleware/v2/jwks"
	"github.com/auth0/go-jwt-middleware/v2/validator"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	golangjwt "github.com/golang-jwt/jwt/v5"
	capjwt "github.com/hashicorp/cap/jwt"
	"github.com/lestrrat-go/httprc/v3"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/zitadel/oidc/v3/pkg/client/rp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
)

// beyond is longer than Cache-Control lets anybody keep the key set.
const beyond = keys.JWKSMaxAge + 5*time.Second

// verify is how an application that follows the library's documentation reads a token by an algorithm.
type verify func(raw string) error

// seen is what a library does with: a token by a key that is new in the set; a token by a key that has left it, at once and
// beyond max-age; and that token after one by another new key.
type seen struct{ newKey, gone, goneLater, goneAfterUnknown bool }

var libraries = []struct {
	name string
	make func(t *testing.T, ctx context.Context, url, algorithm string) verify
	want seen
}{
	{"go-oidc", goOIDC, seen{true, true, true, false}},
	{"hashicorp/cap", hashicorpCap, seen{true, true, true, false}},
	{"zitadel/oidc", zitadel, seen{true, true, true, false}}, // signatures alone
	{"keyfunc", newKeyfunc, seen{true, true, true, true}},    // one fetch for an unknown kid in five minutes
	{"go-jwt-middleware", middleware, seen{false, true, true, true}},
	{"jwx with its cache", jwx, seen{false, true, true, true}},
}

// serve is the issuer with a ring of one key, at the time that it is, and where its key set is to be had.
func serve(t *testing.T, algorithm string) (*issuertest.Server, string, *atomic.Int32) {
	server := issuertest.New(t, issuertest.Signing(algorithm))
	server.Clock.Step(time.Since(issuertest.Start))
	fetches := new(atomic.Int32)
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetches.Add(1)
		server.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(listener.Close)
	return server, listener.URL + "/jwks", fetches
}

func TestCaches(t *testing.T) {
	for _, library := range libraries {
		t.Run(library.name, func(t *testing.T) {
			t.Parallel()
			server, at, fetches := serve(t, keys.ES256)
			check := library.make(t, t.Context(), at, keys.ES256)
			first := server.Ring.Keys[0]
			old := server.Token(t)
			if err := check(old); err != nil {
				t.Fatalf("at first: %v", err)
			}
			var got seen
			next := issuertest.NewRing(t, 2, keys.ES256)
			both := next
			both.Keys = append([]keys.Key{first}, next.Keys...)
			server.UseRing(t, both)
			got.newKey = check(server.Token(t)) == nil
			next.Revoked = []keys.Revoked{{KID: first.JWK.KeyID, RevokedAt: time.Now()}}
			server.UseRing(t, next)
			got.gone = check(old) == nil
			time.Sleep(beyond)
			got.goneLater = check(old) == nil
			server.UseRing(t, issuertest.NewRing(t, 3, keys.ES256))
			_ = check(server.Token(t))
			got.goneAfterUnknown = check(old) == nil
			t.Logf("%-20s new key accepted: %-5t withdrawn key accepted at once: %-5t after %v: %-5t after an unknown kid: %-5t fetches: %d",
				library.name, got.newKey, got.gone, beyond, got.goneLater, got.goneAfterUnknown, fetches.Load())
			if got != library.want {
				t.Errorf("this has changed: want %+v", library.want)
			}
		})
	}
}

// TestForms: each takes all our algorithms, and aud as a text and as a list; none looks at typ.
func TestForms(t *testing.T) {
	for _, library := range libraries {
		for _, algorithm := range []string{keys.ES256, keys.RS256, keys.EdDSA} {
			t.Run(library.name+" "+algorithm, func(t *testing.T) {
				server, at, _ := serve(t, algorithm)
				check := library.make(t, t.Context(), at, algorithm)
				if err := check(server.Token(t)); err != nil {
					t.Errorf("our own token: %v", err)
				}
				for name, raw := range map[string]string{
					"aud as a list":  mint(t, server, "at+jwt", `["https://elsewhere.example","`+issuertest.Audience+`"]`),
					"an ID token":    mint(t, server, "JWT", `"`+issuertest.Audience+`"`),
					"any other type": mint(t, server, "logout+jwt", `"`+issuertest.Audience+`"`),
				} {
					if err := check(raw); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
	}
}

// mint signs a token by the issuer's key.
func mint(t *testing.T, server *issuertest.Server, typ, audience string) string {
	set, err := keys.NewSet(server.Ring)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := set.Signer(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	claims := fmt.Sprintf(`{"iss":%q,"sub":"a","aud":%s,"iat":%d,"exp":%d}`, issuertest.URL, audience, time.Now().Unix(), time.Now().Unix()+60)
	input := []byte(signer.Header(typ) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)))
	signed, err := signer.AppendSignature(append(input, '.'), input)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

func goOIDC(_ *testing.T, ctx context.Context, url, algorithm string) verify {
	verifier := oidc.NewVerifier(issuertest.URL, oidc.NewRemoteKeySet(ctx, url),
		&oidc.Config{ClientID: issuertest.Audience, SupportedSigningAlgs: []string{algorithm}})
	return func(raw string) error { _, err := verifier.Verify(ctx, raw); return err }
}

func hashicorpCap(t *testing.T, ctx context.Context, url, algorithm string) verify {
	set, err := capjwt.NewJSONWebKeySet(ctx, url, "")
	if err != nil {
		t.Fatal(err)
	}
	made, err := capjwt.NewValidator(set)
	if err != nil {
		t.Fatal(err)
	}
	expected := capjwt.Expected{Issuer: issuertest.URL, Audiences: []string{issuertest.Audience}, SigningAlgorithms: []capjwt.Alg{capjwt.Alg(algorithm)}}
	return func(raw string) error { _, err := made.Validate(ctx, raw, expected); return err }
}

func zitadel(_ *testing.T, ctx context.Context, url, algorithm string) verify {
	set := rp.NewRemoteKeySet(http.DefaultClient, url)
	return func(raw string) error {
		signed, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
		if err != nil {
			return err
		}
		_, err = set.VerifySignature(ctx, signed)
		return err
	}
}

func newKeyfunc(t *testing.T, ctx context.Context, url, algorithm string) verify {
	set, err := keyfunc.NewDefaultCtx(ctx, []string{url})
	if err != nil {
		t.Fatal(err)
	}
	return func(raw string) error {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_, err := golangjwt.Parse(raw, set.KeyfuncCtx(ctx), golangjwt.WithAudience(issuertest.Audience),
			golangjwt.WithIssuer(issuertest.URL), golangjwt.WithValidMethods([]string{algorithm}))
		return err
	}
}

func middleware(t *testing.T, ctx context.Context, address, algorithm string) verify {
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	provider := jwks.NewCachingProvider(at, 5*time.Minute, jwks.WithCustomJWKSURI(at))
	made, err := validator.New(provider.KeyFunc, validator.SignatureAlgorithm(algorithm), issuertest.URL, []string{issuertest.Audience})
	if err != nil {
		t.Fatal(err)
	}
	return func(raw string) error { _, err := made.ValidateToken(ctx, raw); return err }
}

func jwx(t *testing.T, ctx context.Context, url, _ string) verify {
	cache, err := jwk.NewCache(ctx, httprc.NewClient())
	if err != nil {
		t.Fatal(err)
	}
	if err := cache.Register(ctx, url); err != nil {
		t.Fatal(err)
	}
	return func(raw string) error {
		set, err := cache.Lookup(ctx, url)
		if err != nil {
			return err
		}
		_, err = jwt.Parse([]byte(raw), jwt.WithKeySet(set), jwt.WithAudience(issuertest.Audience), jwt.WithIssuer(issuertest.URL))
		return err
	}
}
GO
{
	go mod init verifiers
	go mod edit -go=1.26 -replace=tokenwright.dev="$root" -require=tokenwright.dev@v0.0.0
	go get github.com/MicahParks/keyfunc/v3@v3.9.2 github.com/auth0/go-jwt-middleware/v2@v2.3.1 \
		github.com/coreos/go-oidc/v3@v3.21.0 github.com/hashicorp/cap@v0.16.0 github.com/lestrrat-go/jwx/v3@v3.4.0 \
		github.com/zitadel/oidc/v3@v3.52.0
	go mod tidy
} >go.log 2>&1 || { cat go.log >&2; exit 1; }
go list -m github.com/MicahParks/keyfunc/v3 github.com/auth0/go-jwt-middleware/v2 github.com/coreos/go-oidc/v3 \
	github.com/hashicorp/cap github.com/lestrrat-go/jwx/v3 github.com/lestrrat-go/httprc/v3 github.com/zitadel/oidc/v3
go test -count=1 -parallel=6 -v .
