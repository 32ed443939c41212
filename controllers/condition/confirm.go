package condition

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
)

var errLagging = errors.New("the cache does not hold its latest version yet")

// Confirm ends a pass that found nothing to report. It compared with the status in the cache, which may lag behind what the
// pass before wrote, and no event would ever correct a status that was right for that one alone. If seen is not the latest
// version, the error is a conflict, and the pass comes again; of a newer spec an event tells anyway. The latest version is
// read into current.
func Confirm(ctx context.Context, live client.Reader, seen, current client.Object) error {
	err := live.Get(ctx, client.ObjectKeyFromObject(seen), current)
	if err != nil || current.GetResourceVersion() == seen.GetResourceVersion() || current.GetGeneration() != seen.GetGeneration() {
		return client.IgnoreNotFound(err)
	}
	return Lagging(seen)
}

// Lagging is the conflict of a pass that saw an object as it is no more.
func Lagging(seen client.Object) error {
	return apierrors.NewConflict(schema.GroupResource{Group: v1alpha1.GroupVersion.Group}, seen.GetName(), errLagging)
}
