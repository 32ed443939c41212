package traffic_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/test/e2e/traffic"
)

func TestRecord(t *testing.T) {
	var r traffic.Record
	now := time.Unix(1000, 0)
	call := func(target string, err error) {
		r.Add(traffic.Call{Target: target, Key: "k", Credential: "c", Began: now.Add(-time.Second), Err: err}, now)
	}
	call("a", nil)
	call("b", nil)
	first := r.Stats()
	call("a", nil)
	call("a", errors.New("too bad"))
	want := traffic.Stats{
		Succeeded: 3, Failed: 1, Slowest: time.Second,
		Targets: map[string]int{"a": 2, "b": 1}, Keys: map[string]int{"k": 3}, Credentials: map[string]int{"c": 3},
		Failures: []traffic.Failure{{At: now, Text: "a: too bad"}},
	}
	if diff := cmp.Diff(want, r.Stats()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if first.Succeeded != 2 || first.Targets["a"] != 1 {
		t.Errorf("the former copy has changed: %+v", first)
	}
}

func TestRecordIsBounded(t *testing.T) {
	var r traffic.Record
	for range 2000 {
		r.Add(traffic.Call{Err: errors.New("too bad")}, time.Unix(1000, 0))
	}
	if got := r.Stats(); got.Failed != 2000 || len(got.Failures) != 1000 {
		t.Errorf("%d failures, %d of them in full", got.Failed, len(got.Failures))
	}
}
