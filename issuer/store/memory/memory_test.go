package memory_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/memory"
	"tokenwright.dev/issuer/store/storetest"
)

func TestGrants(t *testing.T) {
	storetest.Grants(t, func(_ *testing.T, now func() time.Time) store.Grants { return memory.NewGrants(now) })
}

func TestGrantIndex(t *testing.T) {
	storetest.GrantIndex(t, func(_ *testing.T, now func() time.Time) storetest.Indexed { return memory.NewGrants(now) })
}

func TestMarks(t *testing.T) {
	storetest.Marks(t, func(_ *testing.T, now func() time.Time) store.Marks { return memory.NewMarks(now) })
}

func TestRevocations(t *testing.T) {
	storetest.Revocations(t, func(_ *testing.T, now func() time.Time) store.Revocations { return memory.NewRevocations(now) })
}

// A client fills its own share, all together fill the whole, and what has expired makes room.
func TestMarksAreCapped(t *testing.T) {
	now := storetest.Start
	marks := memory.NewMarks(func() time.Time { return now })
	put := func(client string, i int) error {
		mark := storetest.NewMark("device", fmt.Sprint(client, i))
		mark.ClientID, mark.Expires = client, now.Add(time.Minute)
		_, err := marks.Put(t.Context(), mark)
		return err
	}
	for i := range store.MaxMarks {
		if err := put(fmt.Sprint("client-", i/store.MaxMarksOfClient), i); err != nil {
			t.Fatalf("mark %d: %v", i, err)
		}
	}
	if err := put("client-x", 0); !errors.Is(err, store.ErrFull) {
		t.Errorf("one too many in total: %v, want ErrFull", err)
	}
	if err := marks.Delete(t.Context(), "device", "client-11000"); err != nil {
		t.Fatal(err)
	}
	if err := put("client-0", -1); !errors.Is(err, store.ErrFull) {
		t.Errorf("one too many of a client: %v, want ErrFull", err)
	}
	if err := put("client-1", 1000); err != nil {
		t.Errorf("in the place of a deleted one: %v", err)
	}
	now = now.Add(time.Minute)
	if err := put("client-0", -1); err != nil {
		t.Errorf("after all have expired: %v", err)
	}
}

// Strangers fill a client's room: whoever comes then has room, and what they put stays as long as they put less than others.
func TestMarksOfStrangers(t *testing.T) {
	now := storetest.Start
	marks := memory.NewMarks(func() time.Time { return now })
	put := func(source, name string) store.Mark {
		t.Helper()
		now = now.Add(time.Millisecond)
		mark := storetest.NewMark("device", name)
		mark.Source, mark.Expires = source, now.Add(10*time.Minute)
		kept, err := marks.Put(t.Context(), mark)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return kept
	}
	for i := range store.MaxMarksOfClient {
		put(fmt.Sprint("flood-", i%50), fmt.Sprint("flood-", i))
	}
	if kept := put("person", "waits"); kept.Evicted != 1 {
		t.Errorf("%d made way, want 1", kept.Evicted)
	}
	for i := range 5 * store.MaxMarksOfClient {
		put(fmt.Sprint("flood-", i%50), fmt.Sprint("again-", i))
	}
	if _, err := marks.Get(t.Context(), "device", "waits"); err != nil {
		t.Errorf("who came once: %v", err)
	}
}

// BenchmarkGet has a budget of a microsecond, among as many grants as there may be.
func BenchmarkGet(b *testing.B) {
	grants := memory.NewGrants(func() time.Time { return storetest.Start })
	for i := range 100_000 {
		if _, err := grants.Create(b.Context(), storetest.NewGrant(fmt.Sprint("a", i))); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := grants.Get(b.Context(), "a5000", store.AtHand); err != nil {
			b.Fatal(err)
		}
	}
}
