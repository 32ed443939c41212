package throttle_test

import (
	"fmt"
	"testing"
	"time"

	"tokenwright.dev/issuer/throttle"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestTableSpend(t *testing.T) {
	table := throttle.NewTable(throttle.Budget{PerSecond: 0.5, Burst: 2}, 10)
	for _, step := range []struct {
		after time.Duration
		key   string
		want  time.Duration
	}{
		{0, "a", 0},
		{0, "a", 0},
		{0, "a", 2 * time.Second},
		{time.Second, "a", time.Second},
		{time.Second, "b", 0}, // another key has a budget of its own
		{2 * time.Second, "a", 0},
		{2 * time.Second, "a", 2 * time.Second},
		{time.Hour, "a", 0}, // never more than the burst, however long it lasted
		{time.Hour, "a", 0},
		{time.Hour, "a", 2 * time.Second},
	} {
		if got := table.Spend(step.key, start.Add(step.after)); got != step.want {
			t.Errorf("Spend(%q) after %v: %v, want %v", step.key, step.after, got, step.want)
		}
	}
}

func TestTableForgetsTheOldest(t *testing.T) {
	table := throttle.NewTable(throttle.Budget{PerSecond: 0.001, Burst: 1}, 3)
	for _, key := range []string{"a", "b", "c", "a", "d"} { // "b" is the one that was used least lately
		table.Spend(key, start)
	}
	if table.Len() != 3 {
		t.Errorf("%d keys, want 3", table.Len())
	}
	if table.Spend("a", start) == 0 {
		t.Error("a was forgotten, though it was used after b")
	}
	if table.Spend("b", start) != 0 {
		t.Error("b was remembered")
	}
}

func TestTableIsBounded(t *testing.T) {
	table := throttle.NewTable(throttle.Budget{PerSecond: 1, Burst: 1}, 100)
	for i := range 10_000 {
		table.Spend(fmt.Sprint(i), start)
	}
	if table.Len() != 100 {
		t.Errorf("%d keys, want 100", table.Len())
	}
}

func TestFailures(t *testing.T) {
	failures := throttle.NewFailures()
	for i := range throttle.FailureBudget.Burst {
		if wait := failures.Record("web", "192.0.2.1", start); wait != 0 {
			t.Fatalf("failure %d: %v", i, wait)
		}
	}
	for _, tc := range []struct {
		name, client, source string
		throttled            bool
	}{
		{"the same client and source", "web", "192.0.2.1", true},
		{"the same client elsewhere", "web", "192.0.2.2", true},
		{"another client at the same source", "other", "192.0.2.1", true},
		{"another client elsewhere", "other", "192.0.2.3", false},
	} {
		if wait := failures.Record(tc.client, tc.source, start); (wait > 0) != tc.throttled {
			t.Errorf("%s: %v, want throttled %v", tc.name, wait, tc.throttled)
		}
	}
}

func TestSpentSourceSparesTheClient(t *testing.T) {
	failures := throttle.NewFailures()
	for i := range 10 * throttle.FailureBudget.Burst {
		failures.Record(fmt.Sprint("noise-", i), "192.0.2.1", start)
	}
	for range throttle.FailureBudget.Burst {
		failures.Record("web", "192.0.2.1", start)
	}
	if wait := failures.Record("web", "192.0.2.2", start); wait != 0 {
		t.Errorf("a flood from one source throttles the client everywhere: %v", wait)
	}
}
