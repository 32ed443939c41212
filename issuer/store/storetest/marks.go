package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
)

// Marks holds a store to what store.Marks says. The caps are for the backends' own tests: they take too many marks.
func Marks(t *testing.T, open func(t *testing.T, now func() time.Time) store.Marks) {
	t.Helper()
	run(t, open, []story[store.Marks]{
		{"what was put is there", putMark},
		{"a name is taken once", markTakenOnce},
		{"many put one name", manyPut},
		{"an expired mark is gone", markExpired},
		{"an update counts once", markUpdatedOnce},
		{"many update at once", manyUpdateMark},
		{"a deleted mark is gone", markDeleted},
		{"data has a bound", markBounded},
		{"of a full source its own oldest makes way, unless it was opened", sourceBounded},
		{"of a person's marks their own make way, what expires first before all", personBounded},
		{"a person's mark may hold more", personHoldsMore},
	})
}

// NewMark is a mark that lasts from Start for a minute.
func NewMark(kind, name string) store.Mark {
	return store.Mark{
		Kind: kind, Name: name, ClientID: "team.web", Data: []byte("\x00pending\xff"), Expires: Start.Add(time.Minute),
	}
}

func putMark(t *testing.T, marks store.Marks, _ *clock) {
	want := NewMark("device", "Any characters: \x00/é\n"+strings.Repeat("x", 1000))
	got := put(t, marks, want)
	if diff := differ(want, got); diff != "" || got.Revision == "" {
		t.Errorf("put with revision %q (-want +got):\n%s", got.Revision, diff)
	}
	read := getMark(t, marks, want.Kind, want.Name)
	if diff := differ(want, read); diff != "" || read.Revision != got.Revision {
		t.Errorf("read with revision %q of %q (-want +got):\n%s", read.Revision, got.Revision, diff)
	}
	read.Data[0] = 1
	if diff := differ(want, getMark(t, marks, want.Kind, want.Name)); diff != "" {
		t.Errorf("a caller changed what is stored (-want +got):\n%s", diff)
	}
	put(t, marks, store.Mark{Kind: "jti", Name: "of nobody", Expires: Start.Add(time.Minute)})
}

func markTakenOnce(t *testing.T, marks store.Marks, _ *clock) {
	put(t, marks, NewMark("jti", "a"))
	other := NewMark("jti", "a")
	other.ClientID = "team.other"
	if _, err := marks.Put(t.Context(), other); !errors.Is(err, store.ErrExists) {
		t.Errorf("second: %v, want ErrExists", err)
	}
	put(t, marks, NewMark("device", "a")) // another kind
	put(t, marks, NewMark("jti", "A"))    // another name
}

func manyPut(t *testing.T, marks store.Marks, _ *clock) {
	wantOneWinner(t, store.ErrExists, race(func(int) error {
		_, err := marks.Put(t.Context(), NewMark("jti", "a"))
		return err
	}))
}

func markExpired(t *testing.T, marks store.Marks, clock *clock) {
	old := put(t, marks, NewMark("jti", "a"))
	clock.step(time.Minute - time.Second)
	getMark(t, marks, "jti", "a")
	clock.step(time.Second)
	wantNoMark(t, marks, "jti", "a")
	next := NewMark("jti", "a")
	next.ClientID, next.Expires = "team.other", clock.Now().Add(time.Minute)
	put(t, marks, next)
	if _, err := marks.Update(t.Context(), old); !errors.Is(err, store.ErrConflict) {
		t.Errorf("update of the one before: %v, want ErrConflict", err)
	}
	if diff := differ(next, getMark(t, marks, "jti", "a")); diff != "" {
		t.Errorf("the next mark of that name (-want +got):\n%s", diff)
	}
}

func markUpdatedOnce(t *testing.T, marks store.Marks, clock *clock) {
	first := put(t, marks, NewMark("device", "a"))
	next := first
	next.Data, next.Expires = []byte("approved"), Start.Add(2*time.Minute)
	second := must(t, "update", func() (store.Mark, error) { return marks.Update(t.Context(), next) })
	if diff := differ(next, second); diff != "" || second.Revision == first.Revision {
		t.Errorf("update: revision %q after %q (-want +got):\n%s", second.Revision, first.Revision, diff)
	}
	if _, err := marks.Update(t.Context(), next); !errors.Is(err, store.ErrConflict) {
		t.Errorf("from a stale revision: %v, want ErrConflict", err)
	}
	clock.step(time.Minute)
	if diff := differ(next, getMark(t, marks, "device", "a")); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	clock.step(time.Minute)
	wantNoMark(t, marks, "device", "a")
}

func manyUpdateMark(t *testing.T, marks store.Marks, _ *clock) {
	first := put(t, marks, NewMark("device", "a"))
	next := first
	next.Data = []byte("approved")
	wantOneWinner(t, store.ErrConflict, race(func(int) error {
		_, err := marks.Update(t.Context(), next)
		return err
	}))
}

func markDeleted(t *testing.T, marks store.Marks, _ *clock) {
	mark := put(t, marks, NewMark("device", "a"))
	for range 2 {
		if err := marks.Delete(t.Context(), "device", "a"); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	wantNoMark(t, marks, "device", "a")
	if _, err := marks.Update(t.Context(), mark); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("update of what was deleted: %v, want ErrNotFound", err)
	}
	put(t, marks, NewMark("device", "a"))
}

func markBounded(t *testing.T, marks store.Marks, _ *clock) {
	mark := NewMark("device", "a")
	mark.Data = make([]byte, store.MaxMarkData+1)
	if _, err := marks.Put(t.Context(), mark); !errors.Is(err, store.ErrFull) {
		t.Errorf("a byte too many: %v, want ErrFull", err)
	}
	mark.Data = mark.Data[1:]
	mark = put(t, marks, mark)
	mark.Data = make([]byte, store.MaxMarkData+1)
	if _, err := marks.Update(t.Context(), mark); !errors.Is(err, store.ErrFull) {
		t.Errorf("an update of a byte too many: %v, want ErrFull", err)
	}
}

func sourceBounded(t *testing.T, marks store.Marks, _ *clock) {
	of := func(source, name string, age time.Duration) store.Mark {
		mark := NewMark("device", name)
		mark.Source, mark.Expires = source, mark.Expires.Add(-age)
		return mark
	}
	put(t, marks, of("y", "another's", 50*time.Second))
	proved := NewMark("device", "with a secret")
	proved.Expires = Start.Add(time.Second)
	put(t, marks, proved)
	first := put(t, marks, of("x", "opened", 40*time.Second))
	first.OpenedAt = Start
	first = must(t, "open", func() (store.Mark, error) { return marks.Update(t.Context(), first) })
	for i := range store.MaxMarksOfSource {
		if kept := put(t, marks, of("x", fmt.Sprint("x", i), time.Duration(30-min(i, 30))*time.Second)); kept.Evicted != 0 {
			t.Fatalf("mark %d: %d made way", i, kept.Evicted)
		}
	}
	for i := range 2 {
		if kept := put(t, marks, of("x", fmt.Sprint("late", i), 0)); kept.Evicted != 1 {
			t.Errorf("one too many: %d made way, want 1", kept.Evicted)
		}
		wantNoMark(t, marks, "device", fmt.Sprint("x", i))
	}
	for _, name := range []string{"another's", "with a secret", "opened", "x2", "late0", "late1"} {
		getMark(t, marks, "device", name)
	}
	if got := getMark(t, marks, "device", "opened"); got.Source != "x" || !got.OpenedAt.Equal(Start) || got.Revision != first.Revision {
		t.Errorf("read %+v, want what was put", got)
	}
}

func personBounded(t *testing.T, marks store.Marks, _ *clock) {
	of := func(subject, name string, lives time.Duration) store.Mark {
		return store.Mark{Kind: "parked", Name: name, Subject: subject, Data: []byte("sealed"), Expires: Start.Add(lives)}
	}
	put(t, marks, NewMark("device", "a stranger's"))
	put(t, marks, of("usr_b", "another's", time.Second))
	put(t, marks, of("usr_a", "last of all", time.Hour))
	for i := range store.MaxMarksOfPerson - 1 {
		if kept := put(t, marks, of("usr_a", fmt.Sprint("a", i), time.Duration(i+2)*time.Minute)); kept.Evicted != 0 {
			t.Fatalf("mark %d: %d made way", i, kept.Evicted)
		}
	}
	if kept := put(t, marks, of("usr_a", "one too many", time.Minute)); kept.Evicted != 1 {
		t.Errorf("one too many: %d made way, want 1", kept.Evicted)
	}
	wantNoMark(t, marks, "parked", "a0")
	put(t, marks, of("usr_a", "another one too many", time.Minute))
	wantNoMark(t, marks, "parked", "one too many")
	for _, name := range []string{"another's", "last of all", "a1", "another one too many"} {
		getMark(t, marks, "parked", name)
	}
	getMark(t, marks, "device", "a stranger's")
	if got := getMark(t, marks, "parked", "last of all"); got.Subject != "usr_a" {
		t.Errorf("read %+v, want what was put", got)
	}
}

func personHoldsMore(t *testing.T, marks store.Marks, _ *clock) {
	mark := store.Mark{Kind: "parked", Name: "a", Subject: "usr_a", Data: make([]byte, store.MaxPersonData+1), Expires: Start.Add(time.Minute)}
	if _, err := marks.Put(t.Context(), mark); !errors.Is(err, store.ErrFull) {
		t.Errorf("a byte too many: %v, want ErrFull", err)
	}
	mark.Data = mark.Data[1:]
	put(t, marks, mark)
	if got := getMark(t, marks, "parked", "a"); len(got.Data) != store.MaxPersonData {
		t.Errorf("%d bytes", len(got.Data))
	}
}

func put(t *testing.T, marks store.Marks, mark store.Mark) store.Mark {
	t.Helper()
	return must(t, "put", func() (store.Mark, error) { return marks.Put(t.Context(), mark) })
}

func getMark(t *testing.T, marks store.Marks, kind, name string) store.Mark {
	t.Helper()
	return must(t, "get", func() (store.Mark, error) { return marks.Get(t.Context(), kind, name) })
}

func wantNoMark(t *testing.T, marks store.Marks, kind, name string) {
	t.Helper()
	if got, err := marks.Get(t.Context(), kind, name); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get %s %q: %+v, %v; want ErrNotFound", kind, name, got, err)
	}
}

func wantOneWinner(t *testing.T, lost error, all []error) {
	t.Helper()
	won := 0
	for racer, err := range all {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, lost):
			t.Errorf("racer %d: %v, want %v", racer, err, lost)
		}
	}
	if won != 1 {
		t.Errorf("%d won, want one", won)
	}
}
