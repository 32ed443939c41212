package kube

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/storetest"
)

// The marks of a client, and all of them, are counted while they have not expired.
func TestMarksAreCapped(t *testing.T) {
	now := storetest.Start
	m := newMarks(&connection{issuer: issuerName}, func() time.Time { return now })
	known := 0
	tell := func(client string, count int) {
		for range count {
			known++
			m.known.told(fmt.Sprint(known), row[markCount]{
				value: markCount{clientID: client, expires: storetest.Start.Add(time.Minute)}, version: uint64(known),
			})
		}
	}
	expect := func(step, client string, want bool) {
		t.Helper()
		if got := m.full(client); got != want {
			t.Errorf("%s: full for %q: %t, want %t", step, client, got, want)
		}
	}
	tell("a", store.MaxMarksOfClient-1)
	expect("one below", "a", false)
	tell("a", 1)
	expect("at the cap of a client", "a", true)
	expect("at the cap of a client", "b", false)
	expect("at the cap of a client", "", false)
	m.known.deleted("1", uint64(known))
	expect("one was deleted", "a", false)
	tell("", store.MaxMarks-known+1)
	expect("at the cap of all", "b", true)
	_, err := m.Put(t.Context(), storetest.NewMark("jti", "a"))
	if !errors.Is(err, store.ErrFull) {
		t.Errorf("put: %v, want ErrFull", err)
	}
	now = now.Add(time.Minute)
	expect("all have expired", "a", false)
	m.known.deleted("2", uint64(known)) // what is counted no more can still be swept
	expect("swept", "a", false)
}
