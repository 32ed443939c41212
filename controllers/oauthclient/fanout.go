package oauthclient

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/fairqueue"
	"tokenwright.dev/issuer/policy"
)

// everyEvent calls one function for each event, with both versions of an object that was updated: what a change takes
// away matters as much as what it brings. What is there at the start changes nothing: each client has a pass then anyway.
func everyEvent(wake func(ctx context.Context, q queue, versions ...client.Object)) handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) {
			if !e.IsInInitialList {
				wake(ctx, q, e.Object)
			}
		},
		UpdateFunc:  func(ctx context.Context, e event.UpdateEvent, q queue) { wake(ctx, q, e.ObjectOld, e.ObjectNew) },
		DeleteFunc:  func(ctx context.Context, e event.DeleteEvent, q queue) { wake(ctx, q, e.Object) },
		GenericFunc: func(ctx context.Context, e event.GenericEvent, q queue) { wake(ctx, q, e.Object) },
	}
}

// wakeItself wakes a client for its own sake. One that ends comes before others of its namespace.
func (r *Reconciler) wakeItself() handler.EventHandler {
	add := func(q queue, oc client.Object, lane fairqueue.Lane) {
		request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(oc)}
		if !oc.GetDeletionTimestamp().IsZero() {
			lane = fairqueue.Ending
		}
		r.Queue.Mark(lane, request)
		q.Add(request)
	}
	return handler.Funcs{
		CreateFunc:  func(_ context.Context, e event.CreateEvent, q queue) { add(q, e.Object, fairqueue.Ordinary) },
		UpdateFunc:  func(_ context.Context, e event.UpdateEvent, q queue) { add(q, e.ObjectNew, fairqueue.Ordinary) },
		DeleteFunc:  func(_ context.Context, e event.DeleteEvent, q queue) { add(q, e.Object, fairqueue.Ending) },
		GenericFunc: func(_ context.Context, e event.GenericEvent, q queue) { add(q, e.Object, fairqueue.Ordinary) },
	}
}

// wakeIssuer wakes the clients that mean a TokenIssuer.
func (r *Reconciler) wakeIssuer(ctx context.Context, q queue, versions ...client.Object) {
	r.wake(ctx, q, fairqueue.Platform)(r.Clients.OfIssuer(ctx, client.ObjectKeyFromObject(versions[0])))
}

// onPolicy notes a change of a policy before it wakes the clients that the change concerns.
func (r *Reconciler) onPolicy() handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) {
			if e.IsInInitialList {
				r.Rollout.Found(e.Object, r.Clock.Now())
				return
			}
			r.Rollout.Changed(e.Object, r.Clock.Now())
			r.wakeSelected(ctx, q, e.Object)
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			r.Rollout.Changed(e.ObjectNew, r.Clock.Now())
			r.wakeSelected(ctx, q, e.ObjectOld, e.ObjectNew)
		},
		DeleteFunc:  func(ctx context.Context, e event.DeleteEvent, q queue) { r.wakeSelected(ctx, q, e.Object) },
		GenericFunc: func(ctx context.Context, e event.GenericEvent, q queue) { r.wakeSelected(ctx, q, e.Object) },
	}
}

// wakeSelected wakes exactly the clients that a version of a TokenPolicy selects.
func (r *Reconciler) wakeSelected(ctx context.Context, q queue, versions ...client.Object) {
	latest := versions[len(versions)-1]
	namespace, lane := latest.GetNamespace(), fairqueue.Ordinary
	if r.Versions.IsRoot(namespace) {
		lane = fairqueue.Platform
	}
	among, err := r.Clients.Under(ctx, namespace)
	if err != nil {
		r.wake(ctx, q, lane)(nil, err)
		return
	}
	subjects, err := r.Clients.Subjects(ctx, among)
	if err != nil {
		r.wake(ctx, q, lane)(among, nil) // a pass too many for one too few
		return
	}
	may := r.selectors(ctx, namespace, versions)
	var selected []*v1alpha1.OAuthClient
	for i, oc := range among {
		if may(subjects[i]) {
			selected = append(selected, oc)
		}
	}
	r.wake(ctx, q, lane)(selected, nil)
}

// selectors tells whom some version of a policy may select. It takes a pass too many for one too few: of a version that is
// not acceptable nobody knows whom it means, nor, where more policies stand than count, which one counts in place of it.
func (r *Reconciler) selectors(ctx context.Context, namespace string, versions []client.Object) func(policy.Subject) bool {
	all := func(policy.Subject) bool { return true }
	root := r.Versions.IsRoot(namespace)
	if r.crowded(ctx, namespace, root) {
		return all
	}
	var here, elsewhere []policy.Selector
	for _, version := range versions {
		spec := &version.(*v1alpha1.TokenPolicy).Spec
		if policy.Accept(spec, root) != nil {
			return all
		}
		here, elsewhere = append(here, policy.SelectorOf(spec, true)), append(elsewhere, policy.SelectorOf(spec, false))
	}
	return func(subject policy.Subject) bool {
		among := elsewhere
		if subject.IssuerNamespace == namespace {
			among = here
		}
		for _, selector := range among {
			if selector.Selects(subject) {
				return true
			}
		}
		return false
	}
}

// crowded tells whether as many policies stand in a namespace as count, or more.
func (r *Reconciler) crowded(ctx context.Context, namespace string, root bool) bool {
	var list v1alpha1.TokenPolicyList
	err := r.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy)
	return err != nil || len(list.Items) >= policy.Counting(root)
}

// wake puts clients into the queue.
func (r *Reconciler) wake(ctx context.Context, q queue, lane fairqueue.Lane) func([]*v1alpha1.OAuthClient, error) {
	return func(found []*v1alpha1.OAuthClient, err error) {
		if err != nil {
			log.FromContext(ctx).Error(err, "Finding the clients to wake failed") // a cache that runs does not fail
		}
		for _, oc := range found {
			request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(oc)}
			r.Queue.Mark(lane, request)
			q.Add(request)
		}
	}
}
