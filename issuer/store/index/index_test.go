package index_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestExpiry(t *testing.T) {
	var e index.Expiry
	for i, after := range []int{5, 1, 4, 2, 3} {
		e.Set(fmt.Sprint("n", i), start.Add(time.Duration(after)*time.Second))
	}
	e.Set("n1", start.Add(6*time.Second)) // later than before
	e.Set("n0", start.Add(time.Second))   // earlier than before
	e.Remove("n3")
	e.Remove("never")
	if name, ok := e.Next(start); ok {
		t.Errorf("%s is due too early", name)
	}
	for _, want := range []string{"n0", "n4", "n2", ""} {
		if name, _ := e.Next(start.Add(5 * time.Second)); name != want {
			t.Errorf("next: %q, want %q", name, want)
		}
	}
	if e.Len() != 1 {
		t.Errorf("%d left, want n1 alone", e.Len())
	}
}

func TestGroups(t *testing.T) {
	var g index.Groups
	g.Add("alice", "a")
	g.Add("alice", "b")
	g.Add("bob", "c")
	g.Add("", "d")
	g.Remove("bob", "c")
	g.Remove("carol", "a")
	for key, want := range map[string][]string{"alice": {"a", "b"}, "bob": nil, "carol": nil, "": nil} {
		if got := slices.Sorted(maps.Keys(g.Of(key))); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
}

// The index says what a look at each revocation says.
func TestRevocationsAgreeWithCovers(t *testing.T) {
	word := rapid.SampledFrom([]string{"", "a", "b"})
	user := rapid.SampledFrom([]store.User{{}, {Provider: "p", Username: "a"}, {Provider: "p", Username: "A"}, {Provider: "q", Username: "a"}})
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return start.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "second")) * time.Second)
	})
	rapid.Check(t, func(t *rapid.T) {
		var x index.Revocations
		held := map[string]store.Revocation{}
		for i := range rapid.IntRange(0, 20).Draw(t, "revocations") {
			r := store.Revocation{
				TokenID: word.Draw(t, "token"), SessionID: word.Draw(t, "session"), ClientID: word.Draw(t, "client"),
				Subject: word.Draw(t, "subject"), User: user.Draw(t, "user").Folded(), IssuedBefore: moment.Draw(t, "before"),
			}
			held[fmt.Sprint(i)] = r
			x.Add(fmt.Sprint(i), r)
		}
		for name, r := range held {
			if rapid.Bool().Draw(t, "gone") {
				x.Remove(name, r)
				x.Remove(name, r) // twice is no harm
				delete(held, name)
			}
		}
		issued := store.Issued{
			TokenID: word.Draw(t, "jti"), SessionID: word.Draw(t, "sid"), ClientID: word.Draw(t, "client_id"),
			Subject: word.Draw(t, "sub"), User: user.Draw(t, "name"), At: moment.Draw(t, "at"),
		}
		want := false
		for _, r := range held {
			want = want || r.Covers(issued)
		}
		if got := x.Cover(issued); got != want {
			t.Fatalf("%+v: %t, want %t of %+v", issued, got, want, held)
		}
	})
}

// BenchmarkCover has a budget of a microsecond and of no allocation, with ten thousand revocations of each kind.
func BenchmarkCover(b *testing.B) {
	var x index.Revocations
	for i := range 10_000 {
		name := fmt.Sprint(i)
		x.Add("t"+name, store.Revocation{TokenID: name, IssuedBefore: start})
		x.Add("s"+name, store.Revocation{SessionID: name, IssuedBefore: start})
		x.Add("c"+name, store.Revocation{ClientID: name, Subject: name, IssuedBefore: start})
	}
	issued := store.Issued{TokenID: "x", SessionID: "y", ClientID: "z", Subject: "u", At: start.Add(-time.Hour)}
	b.ReportAllocs()
	for b.Loop() {
		if x.Cover(issued) {
			b.Fatal("it covers what nobody revoked")
		}
	}
}
