package kube

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/issuer/store/storetest"
)

// words is a table of texts that lists what its index holds.
type words struct {
	*table[string]

	indexed map[string]string
}

func newWords() *words {
	w := &words{indexed: map[string]string{}}
	w.table = newTable(func(string) time.Time { return storetest.Start },
		func(name, value string) { w.indexed[name] = value },
		func(name, _ string) { delete(w.indexed, name) })
	return w
}

func at(version uint64, value string) row[string] {
	return row[string]{value: value, uid: types.UID("1"), version: version}
}

func TestTable(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(w *words)
		want string // what is indexed
	}{
		{"what the watch tells", func(w *words) { w.told("a", at(5, "five")) }, "a=five"},
		{"what this replica writes", func(w *words) { w.wrote("a", at(5, "five")) }, "a=five"},
		{"an event older than the own write", func(w *words) { w.wrote("a", at(5, "five")); w.told("a", at(4, "four")) }, "a=five"},
		{"an event newer than the own write", func(w *words) { w.wrote("a", at(5, "five")); w.told("a", at(6, "six")) }, "a=six"},
		{"a write that the watch has told of", func(w *words) { w.told("a", at(6, "six")); w.wrote("a", at(5, "five")) }, "a=six"},
		{"a write that somebody deleted before it was answered", func(w *words) { w.deleted("a", 6); w.wrote("a", at(5, "five")) }, ""},
		{"the same, known from a bookmark", func(w *words) { w.passed(6); w.wrote("a", at(5, "five")) }, ""},
		{"the end of an older one of that name", func(w *words) { w.wrote("a", at(7, "seven")); w.deleted("a", 6) }, "a=seven"},
		{"the end", func(w *words) { w.told("a", at(5, "five")); w.deleted("a", 6) }, ""},
		{"a list without it", func(w *words) { w.told("a", at(5, "five")); w.replace(nil, 8) }, ""},
		{"a list from before it", func(w *words) { w.wrote("a", at(9, "nine")); w.replace(nil, 8) }, "a=nine"},
		{"a list that is newer", func(w *words) {
			w.told("a", at(5, "five"))
			w.replace(map[string]row[string]{"a": at(7, "seven"), "b": at(2, "two")}, 8)
		}, "a=seven b=two"},
		{"hidden", func(w *words) { w.told("a", at(5, "five")); w.hide("a", "1") }, ""},
		{"hidden, whatever is told", func(w *words) { w.told("a", at(5, "five")); w.hide("a", "1"); w.told("a", at(6, "six")) }, ""},
		{"shown again", func(w *words) {
			w.told("a", at(5, "five"))
			w.hide("a", "1")
			w.told("a", at(6, "six"))
			w.show("a", "1")
		}, "a=six"},
		{"another one in its place", func(w *words) {
			w.told("a", at(5, "five"))
			w.hide("a", "1")
			w.told("a", row[string]{value: "new", uid: "2", version: 7})
		}, "a=new"},
		{"hiding the one before", func(w *words) { w.told("a", at(5, "five")); w.hide("a", "0") }, "a=five"},
		{"hiding nothing", func(w *words) { w.hide("a", "1"); w.show("a", "1") }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWords()
			tc.do(w)
			var got []string
			for _, name := range slices.Sorted(maps.Keys(w.indexed)) {
				got = append(got, name+"="+w.indexed[name])
				if r, ok := w.get(name); !ok || r.value != w.indexed[name] {
					t.Errorf("%s is indexed as %q and there as %q (%t)", name, w.indexed[name], r.value, ok)
				}
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// What has expired is due between one and two minutes later, once; what could not be deleted is due again.
func TestTableDue(t *testing.T) {
	w := newWords()
	w.told("a", at(5, "five"))
	w.told("a", at(6, "six")) // a change of something else than its time
	if w.isDue(storetest.Start.Add(skew - time.Second)) {
		t.Error("due before clocks agree that it has expired")
	}
	late := storetest.Start.Add(2 * skew)
	if name, r, ok := w.next(late); name != "a" || r.value != "six" || !ok {
		t.Errorf("next: %q, %+v, %t", name, r, ok)
	}
	if w.isDue(late) {
		t.Error("due twice")
	}
	w.later("a", late.Add(skew))
	w.later("never", late)
	if w.isDue(late) || !w.isDue(late.Add(skew)) {
		t.Error("not due when it should be tried again")
	}
}
