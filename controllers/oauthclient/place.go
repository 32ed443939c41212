package oauthclient

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"tokenwright.dev/controllers/fairqueue"
)

// place is what became of a namespace.
type place int

const (
	placeThere  place = iota
	placeEnding       // it is being deleted, with all that stands there
	placeGone
)

// placeOf asks the cache. It decides before what the cache has of the namespace itself: where the operator's rights went with
// a namespace, nobody tells it of the end of a TokenIssuer there, and each read and write is Forbidden.
func (r *Reconciler) placeOf(ctx context.Context, namespace string) (place, error) {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	err := r.Get(ctx, types.NamespacedName{Name: namespace}, object)
	switch {
	case apierrors.IsNotFound(err):
		return placeGone, nil
	case err != nil:
		return placeThere, fmt.Errorf("namespace: %w", err)
	case !object.DeletionTimestamp.IsZero():
		return placeEnding, nil
	default:
		return placeThere, nil
	}
}

// unlessGone is err, but nil where that is a lack of rights in a namespace that is gone or being deleted: what stands there
// is gone with it. A mere lack of rights stays an error.
func (r *Reconciler) unlessGone(ctx context.Context, namespace string, err error) error {
	if !apierrors.IsForbidden(err) {
		return err
	}
	if now, lost := r.placeOf(ctx, namespace); lost != nil || now == placeThere {
		return err
	}
	return nil
}

// placeChanged lets through what decides about clients: the labels of a namespace, and the begin of its end.
func placeChanged() predicate.Predicate {
	return predicate.Or[client.Object](predicate.LabelChangedPredicate{}, predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.GetDeletionTimestamp().IsZero() && !e.ObjectNew.GetDeletionTimestamp().IsZero()
		},
		GenericFunc: func(event.GenericEvent) bool { return false },
	})
}

// wakeNamespace wakes the clients of a namespace, whose labels are the platform's, and those of the issuers there when it
// comes or goes.
func (r *Reconciler) wakeNamespace(ctx context.Context, q queue, versions ...client.Object) {
	latest := versions[len(versions)-1]
	if r.Versions.IsRoot(latest.GetName()) && (len(versions) == 1 || !latest.GetDeletionTimestamp().IsZero()) {
		r.wake(ctx, q, fairqueue.Platform)(r.Clients.Under(ctx, latest.GetName()))
		return
	}
	r.wake(ctx, q, fairqueue.Platform)(r.Clients.InNamespace(ctx, latest.GetName()))
}

// namespaceEnding says what becomes of a client whose issuer's namespace is being deleted.
func namespaceEnding(seen observation) string {
	return fmt.Sprintf("namespace %s is being deleted, and with it TokenIssuer %s, its keys and what this client had registered there: "+
		"when it is gone, the platform team can make the namespace and the TokenIssuer anew, and this client then goes on by itself; "+
		"or delete this client", seen.issuerKey.Namespace, seen.issuerKey.Name)
}
