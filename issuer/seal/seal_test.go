package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/seal"
)

const issuer = "https://issuer.example"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var kinds = []seal.Kind{
	seal.Code, seal.RefreshToken, seal.AccessToken, seal.DeviceCode, seal.Session, seal.Flow, seal.Ticket, seal.Form, seal.GrantData,
	seal.Familiar, seal.Parked, seal.Snapshot,
}

// life is when a key of a ring seals.
type life struct{ from, until time.Time }

// ring makes a ring of keys with these lives.
func ring(tb testing.TB, lives ...life) keys.Ring {
	tb.Helper()
	out := keys.Ring{Revision: 1}
	for _, l := range lives {
		key, err := keys.Generate(keys.XC20P, noon.Add(-time.Hour))
		if err != nil {
			tb.Fatal(err)
		}
		key.SignFrom, key.SignUntil = l.from, l.until
		out.Keys = append(out.Keys, key)
	}
	return out
}

func sealer(tb testing.TB, ring keys.Ring, issuer string) *seal.Sealer {
	tb.Helper()
	s, err := seal.New(ring, issuer)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func sealed(tb testing.TB, s *seal.Sealer, kind seal.Kind, plain string, now time.Time) string {
	tb.Helper()
	text, err := s.Seal(kind, []byte(plain), now)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// Every kind opens as itself and as no other, whatever its prefix is changed to.
func TestKinds(t *testing.T) {
	s := sealer(t, ring(t, life{from: noon.Add(-time.Hour)}), issuer)
	for _, made := range kinds {
		text := sealed(t, s, made, "plain", noon)
		if !strings.HasPrefix(text, made.Prefix()) || strings.Contains(text, "plain") {
			t.Errorf("%v: %q", made, text)
		}
		for _, read := range kinds {
			disguised := read.Prefix() + strings.TrimPrefix(text, made.Prefix())
			plain, err := s.Open(read, disguised)
			if made == read && (err != nil || string(plain) != "plain") {
				t.Errorf("%v: %q, %v", made, plain, err)
			}
			if made != read && !errors.Is(err, seal.ErrSealed) {
				t.Errorf("%v opened as %v: %q, %v", made, read, plain, err)
			}
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	keyRing := ring(t, life{from: noon.Add(-time.Hour)})
	s := sealer(t, keyRing, issuer)
	good := sealed(t, s, seal.Code, "plain", noon)
	for name, tc := range map[string]struct {
		sealer *seal.Sealer
		text   string
	}{
		"nothing":               {s, ""},
		"the prefix alone":      {s, "tw_ac_"},
		"another prefix":        {s, "tw_rt_" + good[6:]},
		"cut off":               {s, good[:len(good)-4]},
		"a bit flipped":         {s, good[:40] + flip(good[40]) + good[41:]},
		"the key's hint":        {s, good[:7] + flip(good[7]) + good[8:]},
		"trailing bits":         {s, trailing(good)},
		"a line break":          {s, good[:20] + "\n" + good[20:]},
		"padding":               {s, good + "="},
		"another issuer":        {sealer(t, keyRing, issuer+"/t1"), good},
		"RT-24 another ring":    {sealer(t, ring(t, life{from: noon.Add(-time.Hour)}), issuer), good},
		"longer than any":       {s, "tw_ac_" + strings.Repeat("A", seal.MaxSize)},
		"characters of no code": {s, "tw_ac_" + strings.Repeat("%", 80)},
	} {
		t.Run(name, func(t *testing.T) {
			if plain, err := tc.sealer.Open(seal.Code, tc.text); !errors.Is(err, seal.ErrSealed) {
				t.Errorf("%q, %v", plain, err)
			}
		})
	}
	if _, err := s.Open(seal.Code, good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func flip(b byte) string {
	if b == 'A' {
		return "B"
	}
	return "A"
}

// trailing sets bits at the end of a base64url text that decoders may ignore.
func trailing(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, text[len(text)-1])
	return text[:len(text)-1] + alphabet[last|1:last|1+1]
}

// Due knows the key that is due from those that only still open, and takes nothing malformed for sealed.
func TestDue(t *testing.T) {
	s := sealer(t, ring(t, life{from: noon.Add(-time.Hour), until: noon}, life{from: noon}), issuer)
	before, after := noon.Add(-time.Minute), noon.Add(time.Minute)
	for _, kind := range kinds {
		former, present := sealed(t, s, kind, "plain", before), sealed(t, s, kind, "plain", after)
		for _, tc := range []struct {
			text string
			now  time.Time
			want bool
		}{
			{former, before, true}, {former, after, false}, {present, after, true}, {present, before, false},
			{"", after, false}, {kind.Prefix(), after, false}, {kind.Prefix() + "%%%%%%%%%%", after, false}, {present[:len(kind.Prefix())+5], after, false},
		} {
			if got := s.Due(kind, tc.text, tc.now); got != tc.want {
				t.Errorf("%v: Due(%q, %v) = %t, want %t", kind, tc.text, tc.now, got, tc.want)
			}
		}
	}
}

// What is sealed under one URL of an issuer opens under another one of it; another issuer's opens under neither.
func TestFor(t *testing.T) {
	r := ring(t, life{from: noon})
	s := sealer(t, r, issuer)
	renamed := s.For("https://new.example")
	if s.Issuer() != issuer || renamed.Issuer() != "https://new.example" {
		t.Errorf("issuers %q and %q", s.Issuer(), renamed.Issuer())
	}
	for _, kind := range kinds {
		for from, text := range map[string]string{"before": sealed(t, s, kind, "plain", noon), "after": sealed(t, renamed, kind, "plain", noon)} {
			for at, opener := range map[string]*seal.Sealer{"before": s, "after": renamed} {
				if plain, err := opener.Open(kind, text); err != nil || string(plain) != "plain" {
					t.Errorf("%v: sealed %s, opened %s: %q, %v", kind, from, at, plain, err)
				}
			}
			if _, err := sealer(t, r, "https://new.example").Open(kind, text); !errors.Is(err, seal.ErrSealed) {
				t.Errorf("%v: opened by another issuer: %v", kind, err)
			}
		}
	}
}

// nothing repeats, however often the same is sealed.
func TestSealNeverRepeats(t *testing.T) {
	s := sealer(t, ring(t, life{from: noon.Add(-time.Hour)}), issuer)
	seen := map[string]bool{}
	for range 10_000 {
		text := sealed(t, s, seal.RefreshToken, "the same", noon)
		if seen[text] {
			t.Fatalf("%q twice", text)
		}
		seen[text] = true
	}
}

// The key that is due seals, and what any key of the ring sealed opens.
func TestRotation(t *testing.T) {
	first := life{noon.Add(-2 * time.Hour), noon}
	second := life{from: noon}
	both := ring(t, first, second)
	s := sealer(t, both, issuer)
	onlySecond := sealer(t, keys.Ring{Keys: both.Keys[1:]}, issuer)
	before := sealed(t, s, seal.Session, "old", noon.Add(-time.Second))
	after := sealed(t, s, seal.Session, "new", noon)
	for text, want := range map[string]string{before: "old", after: "new"} {
		if plain, err := s.Open(seal.Session, text); err != nil || string(plain) != want {
			t.Errorf("%q, %v, want %q", plain, err, want)
		}
	}
	if _, err := onlySecond.Open(seal.Session, before); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("opened under a key that is gone: %v", err)
	}
	if _, err := onlySecond.Open(seal.Session, after); err != nil {
		t.Errorf("the first key sealed in the second one's time: %v", err)
	}
}

// fresh is the ring with keys that were made just now.
func fresh(of keys.Ring) keys.Ring {
	for i := range of.Keys {
		of.Keys[i].CreatedAt = noon.Add(-keys.Lead + time.Second)
	}
	return of
}

// A ring whose active key was revoked goes on with the key that ended last, and not with an older one.
func TestSealInAGap(t *testing.T) {
	ended := ring(t, life{noon.Add(-3 * time.Hour), noon.Add(-2 * time.Hour)}, life{noon.Add(-2 * time.Hour), noon.Add(-time.Hour)})
	text := sealed(t, sealer(t, ended, issuer), seal.Code, "plain", noon)
	for i, want := range []error{seal.ErrSealed, nil} {
		if _, err := sealer(t, keys.Ring{Keys: ended.Keys[i : i+1]}, issuer).Open(seal.Code, text); !errors.Is(err, want) {
			t.Errorf("with key %d alone: %v, want %v", i, err, want)
		}
	}
}

// A clock that is in no key's time takes the nearest key; a key that not all replicas know is never taken.
func TestSealOutOfTime(t *testing.T) {
	for _, tc := range []struct {
		name string
		ring keys.Ring
		err  error
	}{
		{"too early", ring(t, life{from: noon.Add(time.Hour)}), nil},
		{"too late", ring(t, life{noon.Add(-2 * time.Hour), noon.Add(-time.Hour)}), nil},
		{"pending alone", fresh(ring(t, life{})), keys.ErrNoKey},
		{"pending alone for longer than it may be", ring(t, life{}), nil},
		{"empty", keys.Ring{}, keys.ErrNoKey},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := sealer(t, tc.ring, issuer).Seal(seal.Code, nil, noon); !errors.Is(err, tc.err) {
				t.Errorf("%v, want %v", err, tc.err)
			}
		})
	}
}

func TestNewRefusesOtherKeys(t *testing.T) {
	key, err := keys.Generate(keys.ES256, noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.New(keys.Ring{Keys: []keys.Key{key}}, issuer); err == nil {
		t.Error("a signing key was taken for sealing")
	}
}

// A million values that were sealed before, during and after a rotation, by two replicas whose clocks differ, open at
// either of them.
func TestMillionAcrossRotation(t *testing.T) {
	values := 1_000_000
	if testing.Short() {
		values = 10_000
	}
	both := ring(t, life{noon.Add(-2 * time.Hour), noon}, life{from: noon})
	replicas := []*seal.Sealer{sealer(t, both, issuer), sealer(t, both, issuer)}
	for i := range values {
		plain := fmt.Appendf(nil, "value %d", i)
		at := noon.Add(time.Duration(i-values/2) * time.Millisecond)
		text, err := replicas[i%2].Seal(seal.RefreshToken, plain, at)
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := replicas[(i+1)%2].Open(seal.RefreshToken, text); err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("value %d: %q, %v", i, opened, err)
		}
	}
}

// FuzzOpen holds two laws: what was not sealed never opens, and what opens has one form only.
func FuzzOpen(f *testing.F) {
	s := sealer(f, ring(f, life{from: noon.Add(-time.Hour)}), issuer)
	good := sealed(f, s, seal.Code, "plain", noon)
	for _, seed := range []string{"", "tw_ac_", good, good[:30], good + "=", strings.ToUpper(good)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if plain, err := s.Open(seal.Code, text); err == nil && (text != good || string(plain) != "plain") {
			t.Errorf("%q opened as %q", text, plain)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	s := sealer(b, ring(b, life{from: noon.Add(-time.Hour)}), issuer)
	plain := bytes.Repeat([]byte("x"), 120)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Seal(seal.RefreshToken, plain, noon); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	s := sealer(b, ring(b, life{from: noon.Add(-time.Hour)}), issuer)
	text := sealed(b, s, seal.RefreshToken, strings.Repeat("x", 120), noon)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open(seal.RefreshToken, text); err != nil {
			b.Fatal(err)
		}
	}
}
