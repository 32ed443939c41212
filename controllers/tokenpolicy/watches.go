package tokenpolicy

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/fairqueue"
)

// workers is how many policies have a pass at the same time.
const workers = 8

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// SetupWithManager watches the policies, the clients and namespaces that change how many they govern, and the accepted
// versions: one of a policy that was deleted while no operator ran is found at the start.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	recount := handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) { r.recount(ctx, q, e.Object.GetNamespace()) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) { r.recount(ctx, q, e.ObjectNew.GetNamespace()) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) { r.recount(ctx, q, e.Object.GetNamespace()) },
	}
	labels := builder.WithPredicates(predicate.LabelChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).
		Named("tokenpolicy").
		Watches(&v1alpha1.TokenPolicy{}, r.itself(), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.OAuthClient{}, recount, labels).
		WatchesMetadata(&corev1.Namespace{}, handler.Funcs{UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			r.recount(ctx, q, e.ObjectNew.GetName())
		}}, labels).
		WatchesMetadata(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(keeper)).
		WithOptions(controller.Options{NewQueue: r.Queue.Build, MaxConcurrentReconciles: workers}).
		Complete(condition.Quiet(r))
}

// itself wakes a policy for its own sake, a root policy before all others. Where one goes, another may count that was one
// too many.
func (r *Reconciler) itself() handler.EventHandler {
	add := func(q queue, tp client.Object) {
		request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tp)}
		if r.Versions.IsRoot(tp.GetNamespace()) {
			r.Queue.Mark(fairqueue.Platform, request)
		}
		q.Add(request)
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { add(q, e.Object) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) { add(q, e.ObjectNew) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) {
			add(q, e.Object)
			r.eachIn(ctx, e.Object.GetNamespace(), func(tp *v1alpha1.TokenPolicy) {
				if c := meta.FindStatusCondition(tp.Status.Conditions, v1alpha1.Accepted); c != nil && c.Reason == v1alpha1.ReasonTooMany {
					add(q, tp)
				}
			})
		},
	}
}

// keeper names the TokenPolicy of an accepted version.
func keeper(_ context.Context, configMap client.Object) []reconcile.Request {
	namespace, name, found := strings.Cut(configMap.GetAnnotations()[v1alpha1.OwnerAnnotation], "/")
	if !found || configMap.GetLabels()[v1alpha1.PolicyLabel] == "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}}
}

// recount wakes, a little later, the policies that may select clients of namespace: its own and all root policies.
func (r *Reconciler) recount(ctx context.Context, q queue, namespace string) {
	for _, place := range append([]string{namespace}, r.Versions.IssuerNamespaces...) {
		r.eachIn(ctx, place, func(tp *v1alpha1.TokenPolicy) {
			q.AddAfter(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tp)}, countAfter)
		})
	}
}

// eachIn calls do for each policy of a namespace.
func (r *Reconciler) eachIn(ctx context.Context, namespace string, do func(*v1alpha1.TokenPolicy)) {
	var list v1alpha1.TokenPolicyList
	if err := r.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return // a cache that runs does not fail
	}
	for i := range list.Items {
		do(&list.Items[i])
	}
}
