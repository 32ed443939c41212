package hostile

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"tokenwright.dev/test/stack/live"
)

// soon is how long a test waits for what is promised within a second: a busy machine may take ten times as long. What a
// quiet one takes, `make hostile` prints.
const soon = 10 * time.Second

// measure asks for longer windows and more rounds: set by `make hostile`.
var measure = os.Getenv("HOSTILE_MEASURE") != ""

// world is an installation, seen by whoever is responsible for it.
type world struct {
	*live.Installation

	figures figures
}

// story is one thing that somebody tries.
type story struct {
	name string
	tell func(*testing.T, *world)
}

// tell tells stories one after the other. One that fails does not keep the others from being told, if the installation
// still stands.
func (w *world) tell(t *testing.T, stories ...story) {
	t.Helper()
	t.Cleanup(func() { t.Log(w.figures.table()) })
	for _, s := range stories {
		began := time.Now()
		if !t.Run(s.name, func(t *testing.T) { s.tell(t, w) }) && !w.Standing() {
			t.Fatal("the installation is down, so the other stories cannot be told")
		}
		w.figures.note(s.name, "told in", time.Since(began).Round(100*time.Millisecond))
	}
}

// within asks until something is so, for as long as it may take, and tells whether it came to be.
func (w *world) within(t *testing.T, want string, so func() bool) bool {
	t.Helper()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for began := time.Now(); time.Since(began) < soon; <-pause.C {
		if so() {
			return true
		}
	}
	t.Errorf("waited %v for %s", soon, want)
	return false
}

// figures are what was measured, in the order in which it was.
type figures struct {
	mu   sync.Mutex
	rows []string
}

// note adds a row to the table.
func (f *figures) note(story, what string, values ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = append(f.rows, strings.TrimSpace(story+"\t"+what+"\t"+fmt.Sprintln(values...)))
}

// times adds the middle and the end of what was measured several times.
func (f *figures) times(story, what string, took []time.Duration) {
	if len(took) == 0 {
		return
	}
	sorted := slices.Sorted(slices.Values(took))
	at := func(share int) time.Duration { return sorted[(len(sorted)-1)*share/100].Round(time.Millisecond) }
	f.note(story, what, "p50", at(50), "p99", at(99), "of", len(sorted))
}

func (f *figures) table() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(append([]string{""}, f.rows...), "\n"))
	_ = table.Flush()
	return text.String()
}
