package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
	"tokenwright.dev/issuer/store"
)

const issuerName = "tokenwright-system/default"

// full is a state with one of each, and clients beside those.
func full(tb testing.TB, clients int) *State {
	tb.Helper()
	signing, err := keys.EncodeRing(issuertest.NewRing(tb, 3, keys.ES256))
	if err != nil {
		tb.Fatal(err)
	}
	s := &State{Issuer: issuerName, Registry: registry.State{
		Config:          &registration.IssuerConfig{URL: issuertest.URL, Algorithms: []string{keys.ES256}},
		Signing:         signing,
		Registrations:   []registry.Update{{Name: "default-client-damaged", Version: 9}},
		Seen:            1 << 40,
		Users:           map[string][]byte{"staff-users": []byte("users: []"), "more-users": {}},
		UpstreamSecrets: map[string]string{"corp": "secret of corp"},
	}, Revocations: map[string]store.Revocation{
		"all": {IssuedBefore: issuertest.Start, Expires: issuertest.Start.Add(time.Hour)},
		"one": {
			TokenID: "jti", SessionID: "sid", ClientID: "a.b", Subject: "usr_1",
			IssuedBefore: issuertest.Start, Expires: issuertest.Start.Add(time.Minute),
		},
	}}
	for i := range clients {
		r := issuertest.NewRegistration(fmt.Sprintf("team-%d.client-%d", i%100, i), "secret")
		s.Registry.Registrations = append(s.Registry.Registrations, issuertest.Update(r, uint64(i+1)))
	}
	return s
}

// alike compares clients by their registrations.
var alike = cmp.Transformer("registration", func(c *policy.Client) *registration.Registration {
	if c == nil {
		return nil
	}
	return c.Registration()
})

func encode(tb testing.TB, s *State) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := Encode(&out, s); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for name, s := range map[string]*State{
		"all":     full(t, 3),
		"nothing": {Registry: registry.State{Users: map[string][]byte{}, UpstreamSecrets: map[string]string{}}, Revocations: map[string]store.Revocation{}},
	} {
		got, err := Decode(bytes.NewReader(encode(t, s)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(s, got, alike); diff != "" {
			t.Errorf("%s (-wrote +read):\n%s", name, diff)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*State){
		"a name that is too long": func(s *State) { s.Issuer = string(make([]byte, maxName+1)) },
		"data that is too long":   func(s *State) { s.Registry.Signing = make([]byte, maxData+1) },
	} {
		s := full(t, 1)
		change(s)
		if err := Encode(&bytes.Buffer{}, s); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	first := wire(t, record{kind: issuerRecord, name: issuerName})
	for name, data := range map[string][]byte{
		"nothing":                       nil,
		"cut within the first record":   first[:5],
		"cut within a name":             first[:headSize+3],
		"another first record":          wire(t, record{kind: usersRecord, name: "u"}),
		"an unknown record":             append(bytes.Clone(first), wire(t, record{kind: 'X'})...),
		"two TokenIssuers":              append(bytes.Clone(first), first...),
		"cut within a record":           append(bytes.Clone(first), wire(t, record{kind: usersRecord, name: "u", data: []byte("12")})[:headSize+2]...),
		"a length beyond all":           append(bytes.Clone(first), bytes.Repeat([]byte{0xff}, headSize)...),
		"a configuration that is none":  append(bytes.Clone(first), wire(t, record{kind: configRecord, data: []byte("{}")})...),
		"a registration that is none":   append(bytes.Clone(first), wire(t, record{kind: registrationRecord, data: []byte("{}")})...),
		"a revocation that is none":     append(bytes.Clone(first), wire(t, record{kind: revocationRecord})...),
		"a registration of another age": append(bytes.Clone(first), wire(t, record{kind: registrationRecord, data: []byte(`{"version":99,"clientID":"a"}`)})...),
	} {
		if s, err := Decode(bytes.NewReader(data)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func wire(tb testing.TB, r record) []byte {
	tb.Helper()
	out, err := r.appendTo(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// FuzzDecode holds two laws: reading never panics, and what was read comes back when it is written and read again.
func FuzzDecode(f *testing.F) {
	good := encode(f, full(f, 2))
	for _, seed := range [][]byte{nil, good, good[:len(good)/2], wire(f, record{kind: issuerRecord, name: issuerName, version: 1})} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		again, err := Decode(bytes.NewReader(encode(t, s)))
		if diff := cmp.Diff(s, again, alike); err != nil || diff != "" {
			t.Errorf("%q was read and written (-first +again, %v):\n%s", data, err, diff)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	s := full(b, 10_000)
	b.SetBytes(int64(len(encode(b, s))))
	for b.Loop() {
		if err := fill(&bytes.Buffer{}, s, issuertest.NewRing(b, 1, keys.XC20P), issuertest.Start); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	ring := issuertest.NewRing(b, 1, keys.XC20P)
	var file bytes.Buffer
	if err := fill(&file, full(b, 10_000), ring, issuertest.Start); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		if _, err := read(bytes.NewReader(file.Bytes()), ring); err != nil {
			b.Fatal(err)
		}
	}
}
