package tokenpolicy

import (
	"context"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// CountAfter is countAfter.
const CountAfter = countAfter

// Recount is recount.
func (r *Reconciler) Recount(ctx context.Context, q workqueue.TypedRateLimitingInterface[reconcile.Request], namespace string) {
	r.recount(ctx, q, namespace)
}

// Keeper is keeper.
var Keeper = keeper
