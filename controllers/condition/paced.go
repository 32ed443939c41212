package condition

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// How often one object is looked at: at once for all that a change of it sets in motion, and every two seconds while that
// does not end, as when somebody changes back each time what is put right.
const (
	passesAtOnce = 30
	passEvery    = 2 * time.Second
	// paceSwept is how many objects are remembered before those are forgotten that have all their passes again.
	paceSwept = 1000
)

// Paced is r, but that a pass that comes too soon after many of the same object waits. Nothing is lost by that: the pass
// that comes then sees what is true then.
func Paced(r reconcile.Reconciler, clock clock.PassiveClock) reconcile.Reconciler {
	p := &paced{Reconciler: r, clock: clock, budgets: map[reconcile.Request]*rate.Limiter{}}
	return p
}

type paced struct {
	reconcile.Reconciler
	clock clock.PassiveClock

	mu      sync.Mutex
	budgets map[reconcile.Request]*rate.Limiter
}

func (p *paced) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	if wait := p.spend(req); wait > 0 {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	return p.Reconciler.Reconcile(ctx, req)
}

// spend takes one pass of an object's, or tells how long it lasts until there is one.
func (p *paced) spend(req reconcile.Request) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	budget, ok := p.budgets[req]
	if !ok {
		p.sweep(now)
		budget = rate.NewLimiter(rate.Every(passEvery), passesAtOnce)
		p.budgets[req] = budget
	}
	if budget.AllowN(now, 1) {
		return 0
	}
	return time.Duration((1 - budget.TokensAt(now)) * float64(passEvery))
}

func (p *paced) sweep(now time.Time) {
	if len(p.budgets) < paceSwept {
		return
	}
	for req, budget := range p.budgets {
		if budget.TokensAt(now) >= passesAtOnce {
			delete(p.budgets, req)
		}
	}
}
