package forwardauth

import (
	"strconv"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestCacheForgets(t *testing.T) {
	for _, tc := range []struct {
		name     string
		lifetime time.Duration
		expires  time.Time
		after    time.Duration
		want     bool
	}{
		{"at once", time.Minute, start.Add(time.Hour), 0, true},
		{"just before", time.Minute, start.Add(time.Hour), time.Minute - 1, true},
		{"at the end", time.Minute, start.Add(time.Hour), time.Minute, false},
		{"expired before", time.Minute, start.Add(10 * time.Second), 10 * time.Second, false},
		{"about to expire", time.Minute, start.Add(10 * time.Second), 9 * time.Second, true},
		{"expired when it came", time.Minute, start, 0, false},
		{"nobody says when it expires", time.Minute, time.Time{}, 0, false},
		{"turned off", 0, start.Add(time.Hour), 0, false},
	} {
		c := &cache{lifetime: tc.lifetime}
		c.put("token", &introspection{Expires: tc.expires}, start)
		if got := c.get("token", start.Add(tc.after)) != nil; got != tc.want {
			t.Errorf("%s: remembered %v, want %v", tc.name, got, tc.want)
		}
		if c.get("another", start) != nil {
			t.Errorf("%s: remembers another token", tc.name)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := &cache{lifetime: time.Minute}
	found := &introspection{Expires: start.Add(time.Hour)}
	for i := range maxCached + 10 {
		c.put(strconv.Itoa(i), found, start)
		c.put(strconv.Itoa(i), found, start) // which takes no second place
	}
	if len(c.entries) != maxCached || len(c.ring) != maxCached {
		t.Errorf("%d entries in a ring of %d, want %d", len(c.entries), len(c.ring), maxCached)
	}
	for token, want := range map[string]bool{"0": false, "9": false, "10": true, strconv.Itoa(maxCached + 9): true} {
		if got := c.get(token, start) != nil; got != want {
			t.Errorf("token %s: remembered %v, want %v", token, got, want)
		}
	}
}
