package tokenissuer

import (
	"context"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

// countAfter is how long changes of clients are gathered before they are counted.
const countAfter = 3 * time.Second

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// SetupWithManager watches the issuers, what runs them, their reports and key rings, and the clients that they count; in
// others, the Secrets that are not the operator's.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, others cache.Cache) error {
	_ = Register(metrics.Registry) // it is there already when a process has a second manager
	recount := handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { r.recount(q, e.Object) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) { r.recount(q, e.ObjectNew) },
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) { r.recount(q, e.Object) },
	}
	controller := ctrl.NewControllerManagedBy(mgr).
		Named("tokenissuer").
		For(&v1alpha1.TokenIssuer{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.IssuerReport{}, handler.EnqueueRequestsFromMapFunc(reporter), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.ringHolder)).
		WatchesRawSource(r.others(others)).
		Watches(&v1alpha1.OAuthClient{}, recount)
	for _, kind := range Owned() {
		controller.Owns(kind, builder.OnlyMetadata)
	}
	return controller.Complete(condition.Paced(condition.Quiet(r), r.Clock))
}

// Owned lists the kinds of objects that go with a TokenIssuer and wake its reconciler.
func Owned() []client.Object {
	return []client.Object{
		&corev1.ConfigMap{}, &corev1.ServiceAccount{}, &corev1.Service{}, &appsv1.Deployment{}, &rbacv1.RoleBinding{},
		&policyv1.PodDisruptionBudget{}, &networkingv1.NetworkPolicy{}, &networkingv1.Ingress{}, &autoscalingv2.HorizontalPodAutoscaler{},
	}
}

// reporter names the TokenIssuer that a report is about.
func reporter(_ context.Context, object client.Object) []reconcile.Request {
	report := object.(*v1alpha1.IssuerReport)
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: report.Namespace, Name: report.Spec.IssuerName}}}
}

// ringHolder names the TokenIssuer of a key ring: registrations have an owner, key rings do not. What calls itself one
// where no issuers are served is none.
func (r *Reconciler) ringHolder(_ context.Context, secret client.Object) []reconcile.Request {
	issuer := secret.GetLabels()[v1alpha1.IssuerLabel]
	served := slices.Contains(r.IssuerNamespaces, secret.GetNamespace())
	if !served || issuer == "" || secret.GetAnnotations()[v1alpha1.OwnerAnnotation] != "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: secret.GetNamespace(), Name: issuer}}}
}

// recount wakes, a little later, the issuer that a client means.
func (r *Reconciler) recount(q queue, object client.Object) {
	issuer := r.Clients.IssuerKey(object.(*v1alpha1.OAuthClient))
	q.AddAfter(reconcile.Request{NamespacedName: issuer}, countAfter)
}
