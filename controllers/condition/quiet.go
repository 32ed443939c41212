package condition

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// again is how soon a pass comes again that met a cache or a writer ahead of it.
const again = 100 * time.Millisecond

// Quiet is r, but for conflicts: they only say that the cache lagged, which is no fault and no error for the log. The pass
// comes again a moment later.
func Quiet(r reconcile.Reconciler) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
		result, err := r.Reconcile(ctx, req)
		if apierrors.IsConflict(err) {
			return reconcile.Result{RequeueAfter: again}, nil
		}
		return result, err
	})
}
