package kill

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// enough is how many kills there are at least.
const enough = 12

// rampage kills operator and issuer at random, starting them again each time, until over is closed and enough is done.
// It returns with both running.
func rampage(t *testing.T, in *live.Installation, chance *rand.Rand, over <-chan struct{}) map[string]int {
	t.Helper()
	killed := map[string]int{}
	for total := 0; ; {
		select {
		case <-over:
			if total >= enough {
				return killed
			}
		case <-time.After(time.Duration(chance.Int64N(int64(time.Second)))):
		}
		for _, victim := range choose(in, chance) {
			victim.strike(t)
			for chance.IntN(4) == 0 { // and again before it is up
				victim.hurry(t, time.Duration(chance.Int64N(int64(400*time.Millisecond))))
				victim.strike(t)
				killed[victim.name]++
			}
			killed[victim.name]++
			total++
			victim.rise(t)
		}
	}
}

// victim is a process that can be killed and started again.
type victim struct {
	name    string
	process func() *stack.Process
	start   func(context.Context) error
}

// choose picks one of the two, or both.
func choose(in *live.Installation, chance *rand.Rand) []victim {
	operator := victim{"operator", func() *stack.Process { return in.Operator }, in.StartOperator}
	issuer := victim{"issuer", func() *stack.Process { return in.Issuer }, in.StartIssuer}
	switch n := chance.IntN(10); {
	case n < 6:
		return []victim{operator}
	case n < 9:
		return []victim{issuer}
	default:
		return []victim{issuer, operator}
	}
}

func (v victim) strike(t *testing.T) {
	t.Helper()
	if err := v.process().Kill(); err != nil {
		t.Fatalf("kill the %s: %v", v.name, err)
	}
}

// rise starts the victim. While it is dead, an outgoing connection of somebody may take its port for a moment.
func (v victim) rise(t *testing.T) {
	t.Helper()
	const attempts = 3
	for attempt := 1; ; attempt++ {
		err := v.start(t.Context())
		if err == nil {
			return
		}
		t.Logf("attempt %d to start the %s again: %v", attempt, v.name, err)
		if attempt == attempts {
			t.FailNow()
		}
		v.strike(t)
	}
}

// hurry starts the victim and does not wait until it is ready.
func (v victim) hurry(t *testing.T, patience time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := v.start(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("start the %s: %v", v.name, err)
	}
}
