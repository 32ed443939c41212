package oauthclient

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
)

// everyEvent calls one function for each event, with both versions of an object that was updated: what a change takes
// away matters as much as what it brings.
func everyEvent(wake func(ctx context.Context, q queue, versions ...client.Object)) handler.EventHandler {
	return handler.Funcs{
		CreateFunc:  func(ctx context.Context, e event.CreateEvent, q queue) { wake(ctx, q, e.Object) },
		UpdateFunc:  func(ctx context.Context, e event.UpdateEvent, q queue) { wake(ctx, q, e.ObjectOld, e.ObjectNew) },
		DeleteFunc:  func(ctx context.Context, e event.DeleteEvent, q queue) { wake(ctx, q, e.Object) },
		GenericFunc: func(ctx context.Context, e event.GenericEvent, q queue) { wake(ctx, q, e.Object) },
	}
}

// wakeIssuer wakes the clients that mean a TokenIssuer.
func (r *Reconciler) wakeIssuer(ctx context.Context, q queue, versions ...client.Object) {
	wake(ctx, q)(r.Clients.OfIssuer(ctx, client.ObjectKeyFromObject(versions[0])))
}

// wakeNamespace wakes the clients of a namespace.
func (r *Reconciler) wakeNamespace(ctx context.Context, q queue, versions ...client.Object) {
	wake(ctx, q)(r.Clients.InNamespace(ctx, versions[0].GetName()))
}

// wakeSelected wakes exactly the clients that a version of a TokenPolicy selects.
func (r *Reconciler) wakeSelected(ctx context.Context, q queue, versions ...client.Object) {
	among, err := r.Clients.Under(ctx, versions[0].GetNamespace())
	var selected []*v1alpha1.OAuthClient
	for _, oc := range among {
		for _, version := range versions {
			if r.mayBeSelected(ctx, version.(*v1alpha1.TokenPolicy), oc) {
				selected = append(selected, oc)
				break
			}
		}
	}
	wake(ctx, q)(selected, err)
}

// mayBeSelected takes a pass too many for one too few: of a version that is not acceptable nobody knows whom it means.
func (r *Reconciler) mayBeSelected(ctx context.Context, version *v1alpha1.TokenPolicy, oc *v1alpha1.OAuthClient) bool {
	subject, err := r.Clients.Subject(ctx, oc)
	if err != nil || policy.Accept(&version.Spec, r.Versions.IsRoot(version.Namespace)) != nil {
		return true
	}
	return policy.Selects(&version.Spec, version.Namespace == subject.IssuerNamespace, subject)
}

// wake puts clients into the queue.
func wake(ctx context.Context, q queue) func([]*v1alpha1.OAuthClient, error) {
	return func(found []*v1alpha1.OAuthClient, err error) {
		if err != nil {
			log.FromContext(ctx).Error(err, "Finding the clients to wake failed") // a cache that runs does not fail
		}
		for _, oc := range found {
			q.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(oc)})
		}
	}
}
