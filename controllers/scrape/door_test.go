package scrape

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// asker is the API server as a door sees it: what it says of each token, and how often it was asked.
type asker struct {
	says  map[string]verdict
	away  bool
	asked int
}

func (a *asker) review(_ context.Context, token string) (verdict, error) {
	a.asked++
	if a.away {
		return unknown, errors.New("away")
	}
	return a.says[token], nil
}

func open(says map[string]verdict) (*door, *asker, *time.Time) {
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	a := &asker{says: says}
	return newDoor(a.review, func() time.Time { return now }), a, &now
}

func judge(t *testing.T, d *door, token string, want verdict) {
	t.Helper()
	if got, err := d.judge(t.Context(), token); got != want || err != nil {
		t.Errorf("judge(%s) = %v, %v, want %v", token, got, err, want)
	}
}

// Who may is asked about once a minute; a right that was taken away holds for no longer.
func TestRemembered(t *testing.T) {
	d, a, now := open(map[string]verdict{"prometheus": allowed})
	for range 5 {
		judge(t, d, "prometheus", allowed)
	}
	if a.asked != 1 {
		t.Errorf("asked %d times within a minute, want once", a.asked)
	}
	a.says["prometheus"] = forbidden
	*now = now.Add(remembered - time.Second)
	judge(t, d, "prometheus", allowed)
	*now = now.Add(time.Second)
	judge(t, d, "prometheus", forbidden)
	judge(t, d, "prometheus", forbidden)
}

// Strangers have a budget together, and those who were let in before are not behind them.
func TestStrangers(t *testing.T) {
	d, a, now := open(map[string]verdict{"prometheus": allowed})
	judge(t, d, "prometheus", allowed)
	for i := range strangersBurst - 1 {
		judge(t, d, fmt.Sprint("stranger", i), unknown)
	}
	judge(t, d, "one more", busy)
	asked := a.asked
	judge(t, d, "one more", busy)
	if a.asked != asked {
		t.Error("the API server was asked beyond the budget")
	}
	*now = now.Add(remembered)
	for range 1000 {
		_, _ = d.judge(t.Context(), "flood")
	}
	judge(t, d, "flood", busy)
	judge(t, d, "prometheus", allowed)
	if spent := a.asked - asked; spent > strangersBurst+1 {
		t.Errorf("asked %d times about a thousand strangers, want at most %d", spent, strangersBurst+1)
	}
}

func TestRoom(t *testing.T) {
	says := map[string]verdict{}
	d, _, now := open(says)
	for i := range 3 * scrapers {
		says[fmt.Sprint(i)] = allowed
		judge(t, d, fmt.Sprint(i), allowed)
		*now = now.Add(time.Second)
	}
	if len(d.until) != scrapers {
		t.Errorf("remembers %d, want %d", len(d.until), scrapers)
	}
}

// A question that fails is no answer, and forgets nobody.
func TestAway(t *testing.T) {
	d, a, now := open(map[string]verdict{"prometheus": allowed})
	judge(t, d, "prometheus", allowed)
	*now, a.away = now.Add(remembered), true
	if v, err := d.judge(t.Context(), "prometheus"); v != unknown || err == nil {
		t.Errorf("%v, %v, want an error", v, err)
	}
	a.away = false
	for range 2 * strangersBurst {
		_, _ = d.judge(t.Context(), "stranger")
	}
	judge(t, d, "prometheus", allowed)
}
