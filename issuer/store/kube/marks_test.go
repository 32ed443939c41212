package kube

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
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
			m.known.told(fmt.Sprint(known), row[index.MarkCount]{
				value: index.MarkCount{ClientID: client, Expires: storetest.Start.Add(time.Minute)}, version: uint64(known),
			})
		}
	}
	expect := func(step, client string, want bool) {
		t.Helper()
		asks := store.Mark{ClientID: client}
		free, _ := m.room(&asks)
		m.giveBack(&asks)
		if got := !free; got != want {
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

// Of many marks that come at once only as many find a place as there are; one that is not stored gives its place back.
func TestPlacesAreTakenOnce(t *testing.T) {
	m := newMarks(&connection{issuer: issuerName}, func() time.Time { return storetest.Start })
	for i := range store.MaxMarksOfClient - 1 {
		m.known.told(fmt.Sprint(i), row[index.MarkCount]{
			value: index.MarkCount{ClientID: "a", Expires: storetest.Start.Add(time.Minute)}, version: uint64(i + 1),
		})
	}
	first, second := storetest.NewMark("device", "first"), storetest.NewMark("device", "second")
	first.ClientID, second.ClientID = "a", "a"
	if free, _ := m.room(&first); !free {
		t.Fatal("there is no place for the first")
	}
	if free, _ := m.room(&second); free {
		t.Error("the last place was taken twice")
	}
	m.giveBack(&first)
	if free, _ := m.room(&second); !free {
		t.Error("the place was not given back")
	}
}

// Somebody opens a device at another replica at the moment in which it is to make way: it stays, and the next one goes.
func TestOpenedMarkStays(t *testing.T) {
	w := newWorld(t)
	a, b := w.stopped(t, atStart), w.stopped(t, atStart) // neither hears of what the other writes
	for i := range store.MaxMarksOfSource {
		mark := storetest.NewMark("device", fmt.Sprint(i))
		mark.Source, mark.Expires = "x", mark.Expires.Add(time.Duration(i)*time.Second)
		if _, err := a.Marks.Put(t.Context(), mark); err != nil {
			t.Fatal(err)
		}
	}
	oldest, err := b.Marks.Get(t.Context(), "device", "0")
	if err != nil {
		t.Fatal(err)
	}
	oldest.OpenedAt = storetest.Start
	if _, err := b.Marks.Update(t.Context(), oldest); err != nil {
		t.Fatal(err)
	}
	put := func(name string, want int) {
		t.Helper()
		mark := storetest.NewMark("device", name)
		mark.Source, mark.Expires = "x", mark.Expires.Add(time.Hour)
		if kept, err := a.Marks.Put(t.Context(), mark); err != nil || kept.Evicted != want {
			t.Errorf("%s: %d made way (%v), want %d", name, kept.Evicted, err, want)
		}
	}
	put("in the place of the one that does not count any more", 0)
	put("one too many", 1)
	if _, err := a.Marks.Get(t.Context(), "device", "0"); err != nil {
		t.Errorf("the one that was opened: %v", err)
	}
	if _, err := a.Marks.Get(t.Context(), "device", "1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the next oldest: %v, want ErrNotFound", err)
	}
}

// A store that is away evicts nothing, and says so.
func TestEvictionWhileAway(t *testing.T) {
	w := newWorld(t)
	r := w.stopped(t, atStart)
	for i := range store.MaxMarksOfSource + 1 {
		r.traffic.cut.Store(i == store.MaxMarksOfSource)
		mark := storetest.NewMark("device", fmt.Sprint(i))
		mark.Source = "x"
		if _, err := r.Marks.Put(t.Context(), mark); errors.Is(err, store.ErrUnavailable) != r.traffic.cut.Load() {
			t.Fatalf("mark %d: %v", i, err)
		}
	}
	r.traffic.cut.Store(false)
	for i := range store.MaxMarksOfSource {
		if _, err := r.Marks.Get(t.Context(), "device", fmt.Sprint(i)); err != nil {
			t.Errorf("mark %d: %v", i, err)
		}
	}
	if free, oldest := r.Marks.room(&store.Mark{Source: "x"}); free || oldest == "" {
		t.Errorf("afterwards: free %t, oldest %q; want none free, and one that may make way", free, oldest)
	}
}
