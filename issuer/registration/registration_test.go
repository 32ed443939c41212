package registration_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tokenwright.dev/issuer/registration"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// example has every field.
func example() *registration.Registration {
	return &registration.Registration{
		Version:             registration.Version,
		ClientID:            "shop.orders",
		Owner:               registration.Owner{Namespace: "shop", Name: "orders", UID: "2f8c", Generation: 3},
		GrantTypes:          []string{"client_credentials"},
		Scopes:              []string{"orders:read", "orders:write"},
		DefaultScopes:       []string{"orders:read"},
		Audiences:           []string{"https://orders.example", "https://stock.example"},
		Guards:              []string{"https://orders.example"},
		AccessTokenLifetime: 600,
		Credentials: []registration.Credential{
			{ID: "B", SecretHash: registration.HashSecret("new"), CreatedAt: start},
			{ID: "A", SecretHash: registration.HashSecret("old"), CreatedAt: start.Add(-time.Hour), NotAfter: start.Add(time.Hour)},
		},
	}
}

func encode(tb testing.TB, r *registration.Registration) []byte {
	tb.Helper()
	data, err := registration.Encode(r)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestRoundTrip(t *testing.T) {
	list := rapid.SliceOfN(rapid.String(), 0, 5)
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return start.Add(time.Duration(rapid.Int64Range(-1<<60, 1<<60).Draw(t, "from start")))
	})
	credential := rapid.Custom(func(t *rapid.T) registration.Credential {
		c := registration.Credential{
			ID:         rapid.String().Draw(t, "id"),
			SecretHash: registration.HashSecret(rapid.String().Draw(t, "secret")),
			CreatedAt:  moment.Draw(t, "created"),
		}
		if rapid.Bool().Draw(t, "retiring") {
			c.NotAfter = moment.Draw(t, "notAfter")
		}
		return c
	})
	rapid.Check(t, func(t *rapid.T) {
		want := &registration.Registration{
			Version:  registration.Version,
			ClientID: rapid.StringN(1, 20, -1).Draw(t, "clientID"),
			Owner: registration.Owner{
				Namespace: rapid.String().Draw(t, "namespace"), Name: rapid.String().Draw(t, "name"),
				UID: rapid.String().Draw(t, "uid"), Generation: rapid.Int64().Draw(t, "generation"),
			},
			GrantTypes:          list.Draw(t, "grantTypes"),
			Scopes:              list.Draw(t, "scopes"),
			DefaultScopes:       list.Draw(t, "defaultScopes"),
			Audiences:           list.Draw(t, "audiences"),
			Guards:              list.Draw(t, "guards"),
			AccessTokenLifetime: rapid.Int64().Draw(t, "lifetime"),
			Credentials:         rapid.SliceOfN(credential, 0, 8).Draw(t, "credentials"),
		}
		data, err := registration.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := registration.Decode(data)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("the value changed (-want +got):\n%s", diff)
		}
		if again, err := registration.Encode(got); err != nil || !bytes.Equal(again, data) {
			t.Errorf("written again, the bytes changed: %s, then %s (%v)", data, again, err)
		}
	})
}

// TestEncodeSetsTheVersion, so that nobody can forget it, and leaves what it is given as it is.
func TestEncodeSetsTheVersion(t *testing.T) {
	r := &registration.Registration{ClientID: "a.b"}
	if got, err := registration.Decode(encode(t, r)); err != nil || got.Version != registration.Version {
		t.Errorf("version %+v (%v)", got, err)
	}
	if r.Version != 0 {
		t.Error("Encode changed its argument")
	}
}

// TestWireForm holds the names on the wire: an issuer and an operator of different builds must agree on them.
func TestWireForm(t *testing.T) {
	const want = `{"version":1,"clientID":"shop.orders","owner":{"namespace":"shop","name":"orders","uid":"2f8c","generation":3},` +
		`"grantTypes":["client_credentials"],"scopes":["orders:read","orders:write"],"defaultScopes":["orders:read"],` +
		`"audiences":["https://orders.example","https://stock.example"],"guards":["https://orders.example"],"accessTokenLifetime":600,` +
		`"credentials":[{"id":"B","secretHash":"EVB6Di9eadXfpApiob17buV+a82FxnybhDGzb/8hxDc=","createdAt":"2026-11-22T12:00:00Z"},` +
		`{"id":"A","secretHash":"y6BrVzb69n5UsHtWHq6UOV53TFF6fZEKVDaeEmPM+9Q=","createdAt":"2026-11-22T11:00:00Z","notAfter":"2026-11-22T13:00:00Z"}]}`
	if diff := cmp.Diff(want, string(encode(t, example()))); diff != "" {
		t.Errorf("another wire form needs another version (-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := string(encode(t, example()))
	for _, tc := range []struct {
		name, data, want string
	}{
		{"nothing", "", "registration: "},
		{"no object", "[]", "registration: "},
		{"null", "null", "version 0"},
		{"no version", strings.Replace(good, `"version":1,`, "", 1), "version 0"},
		{"a later version", strings.Replace(good, `"version":1`, `"version":2`, 1), "version 2"},
		{"a later version with members that it brought", strings.Replace(good, `"version":1`, `"version":2,"dpop":"Required"`, 1), "version 2"},
		{"an unknown member", strings.Replace(good, `"version":1`, `"version":1,"dpop":"Required"`, 1), `unknown field "dpop"`},
		{"an unknown member of a credential", strings.Replace(good, `"id":"A"`, `"id":"A","plaintext":"x"`, 1), `unknown field "plaintext"`},
		{"an unknown member of the owner", strings.Replace(good, `"uid"`, `"uuid"`, 1), `unknown field "uuid"`},
		{"two values", good + good, "registration: "},
		{"something behind it", good + "x", "registration: "},
		{"cut off", good[:len(good)-1], "registration: "},
		{"no client_id", strings.Replace(good, `"clientID":"shop.orders"`, `"clientID":""`, 1), "no clientID"},
		{"a hash of another length", strings.Replace(good, `EVB6Di9e`, ``, 1), `credential "B": a hash of 26 bytes`},
		{"no hash", strings.Replace(good, `"secretHash":"y6BrVzb69n5UsHtWHq6UOV53TFF6fZEKVDaeEmPM+9Q=",`, "", 1), `credential "A": a hash of 0 bytes`},
		{"a lifetime that is no number", strings.Replace(good, `:600`, `:"10m"`, 1), "accessTokenLifetime"},
		{"a time that is none", strings.Replace(good, `2026-11-22T13`, `2026-11-22T25`, 1), "registration: "},
		{"too large", good + strings.Repeat(" ", registration.MaxSize), "exceeds"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := registration.Decode([]byte(tc.data))
			if err == nil || r != nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%+v, %v; want an error with %q", r, err, tc.want)
			}
			if errors.Is(err, registration.ErrVersion) != strings.HasPrefix(tc.want, "version") {
				t.Errorf("ErrVersion is wrong for %v", err)
			}
		})
	}
}

// FuzzDecode holds two laws: reading never panics, and what can be read is the same value when it is written and read
// again.
func FuzzDecode(f *testing.F) {
	good := encode(f, example())
	f.Add(good)
	f.Add([]byte(`{"version":1,"clientID":"a"}`))
	f.Add([]byte(`{"version":1,"clientID":"a","scopes":[],"credentials":[{"secretHash":null}]}`))
	f.Add([]byte(`{"version":1,"VERSION":1,"clientID":"a","clientid":"b","accessTokenLifetime":-1}`))
	f.Add(bytes.Replace(good, []byte("13:00:00Z"), []byte("13:00:00.5+23:59"), 1))
	f.Add(bytes.Replace(good, []byte("2026-11-22T13:00:00Z"), []byte("0001-01-01T00:00:00Z"), 1))
	f.Add(bytes.Replace(good, []byte("shop.orders"), []byte("\xff\\ud800"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := registration.Decode(data)
		if err != nil {
			return
		}
		again, err := registration.Decode(encode(t, r))
		if err != nil {
			t.Fatalf("%s was read, but not again: %v", data, err)
		}
		if diff := cmp.Diff(r, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-first +second):\n%s", data, diff)
		}
	})
}

func TestMatch(t *testing.T) {
	credential := func(id, secret string, left time.Duration) registration.Credential {
		c := registration.Credential{ID: id, SecretHash: registration.HashSecret(secret)}
		if left != 0 {
			c.NotAfter = start.Add(left)
		}
		return c
	}
	active, retiring, expired := credential("active", "a", 0), credential("retiring", "b", time.Second), credential("expired", "c", -time.Second)
	now := credential("now", "d", 0)
	now.NotAfter = start
	all := []registration.Credential{active, retiring, expired, now}
	for _, tc := range []struct {
		name, secret string
		credentials  []registration.Credential
		want         string // id; empty for none
	}{
		{"active", "a", all, "active"},
		{"retiring", "b", all, "retiring"},
		{"expired", "c", all, ""},
		{"at its last moment", "d", all, ""},
		{"unknown", "e", all, ""},
		{"empty", "", all, ""},
		{"the hash itself", string(registration.HashSecret("a")), all, ""},
		{"longer", "aa", all, ""},
		{"no credentials", "a", nil, ""},
		{"last of many", "a", []registration.Credential{expired, retiring, active}, "active"},
		{"expired and active", "c", []registration.Credential{expired, credential("again", "c", 0)}, "again"},
		{"active and expired", "c", []registration.Credential{credential("again", "c", 0), expired}, "again"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &registration.Registration{Credentials: tc.credentials}
			got, ok := r.Match(tc.secret, start)
			if got.ID != tc.want || ok != (tc.want != "") {
				t.Errorf("Match(%q): %q, %v; want %q", tc.secret, got.ID, ok, tc.want)
			}
		})
	}
}

// TestMatchKnowsNoHashOfAnotherLength: a registration that was not decoded might hold one.
func TestMatchKnowsNoHashOfAnotherLength(t *testing.T) {
	for _, hash := range [][]byte{nil, {}, registration.HashSecret("a")[:31], append(registration.HashSecret("a"), 0)} {
		r := &registration.Registration{Credentials: []registration.Credential{{ID: "x", SecretHash: hash}}}
		if _, ok := r.Match("a", start); ok {
			t.Errorf("a hash of %d bytes matches", len(hash))
		}
	}
}

func TestCredentialStates(t *testing.T) {
	for _, tc := range []struct {
		notAfter          time.Time
		retiring, expired bool
	}{
		{time.Time{}, false, false},
		{start.Add(time.Nanosecond), true, false},
		{start, true, true},
		{start.Add(-time.Hour), true, true},
	} {
		c := registration.Credential{NotAfter: tc.notAfter}
		if c.Retiring() != tc.retiring || c.ExpiredAt(start) != tc.expired {
			t.Errorf("not after %v: retiring %v, expired %v; want %v, %v", tc.notAfter, c.Retiring(), c.ExpiredAt(start), tc.retiring, tc.expired)
		}
	}
}

func TestConfig(t *testing.T) {
	want := registration.IssuerConfig{URL: "https://issuer.example", Algorithms: []string{"ES256", "RS256"}}
	data, err := registration.EncodeConfig(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := registration.DecodeConfig(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{
		"", "null", "[]", "{}", `{"url":"https://a"}`, `{"algorithms":["ES256"]}`, `{"url":"","algorithms":["ES256"]}`,
		`{"url":"https://a","algorithms":[]}`, `{"url":"https://a","algorithms":"ES256"}`,
		`{"url":"https://a","algorithms":["ES256"],"more":1}`, string(data) + string(data), string(data) + "x", string(data) + "}", string(data[:len(data)-1]),
	} {
		if c, err := registration.DecodeConfig([]byte(bad)); err == nil {
			t.Errorf("%s is read as %+v", bad, c)
		}
	}
}

// FuzzDecodeConfig holds the same laws as FuzzDecode.
func FuzzDecodeConfig(f *testing.F) {
	f.Add([]byte(`{"url":"https://issuer.example","algorithms":["ES256"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := registration.DecodeConfig(data)
		if err != nil {
			return
		}
		written, err := registration.EncodeConfig(c)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := registration.DecodeConfig(written); err != nil || !cmp.Equal(c, again) {
			t.Errorf("%s is read as %+v, then as %+v (%v)", data, c, again, err)
		}
	})
}

// BenchmarkMatch is on the way of every request. It costs the same whether the secret is right or not.
func BenchmarkMatch(b *testing.B) {
	r := example()
	for _, secret := range []string{"new", "old", "wrong"} {
		b.Run(secret, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Match(secret, start)
			}
		})
	}
}

// BenchmarkDecode is what the issuer does for each client when it starts.
func BenchmarkDecode(b *testing.B) {
	data := encode(b, example())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := registration.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleDecode() {
	_, err := registration.Decode([]byte(`{"version": 2, "clientID": "shop.orders"}`))
	fmt.Println(errors.Is(err, registration.ErrVersion), err)
	// Output: true unknown registration version 2
}

// TestHashesHideSecrets: what is written holds neither a secret nor its encoding.
func TestHashesHideSecrets(t *testing.T) {
	secret := registration.NewSecret(registration.Entropy{1, 2, 3})
	r := &registration.Registration{ClientID: "a.b", Credentials: []registration.Credential{{SecretHash: registration.HashSecret(secret)}}}
	encoded, err := json.Marshal([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	data := encode(t, r)
	if bytes.Contains(data, []byte(secret)) || bytes.Contains(data, bytes.Trim(encoded, `"`)) {
		t.Errorf("the secret stands in %s", data)
	}
}

// TestFormerIDTokenRules: what a version wrote that knew nothing of claims means the default, and is what this one writes.
// So an upgrade rewrites no registration, and an older issuer beside this one refuses none but those with Minimal.
func TestFormerIDTokenRules(t *testing.T) {
	const former = `{"version":1,"clientID":"apps.web","owner":{"namespace":"apps","name":"web","uid":"u","generation":1},` +
		`"accessTokenLifetime":600,"idToken":{"lifetime":3600,"algorithm":"RS256"}}`
	r, err := registration.Decode([]byte(former))
	if err != nil || r.IDToken.Claims != "" {
		t.Fatalf("%v, claims %q", err, r.IDToken.Claims)
	}
	if again, err := registration.Encode(r); err != nil || string(again) != former {
		t.Errorf("%v: written again it is %s", err, again)
	}
}
