package oauthclient

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
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

// ownerIndex finds registrations by the OAuthClient that they were compiled from.
const ownerIndex = "tokenwright.owner"

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// IndexOwners adds the indexes that the reconciler needs besides those of its Finder.
func IndexOwners(ctx context.Context, indexer client.FieldIndexer) error {
	if err := indexer.IndexField(ctx, secretMetadata(), ownerNamespaceIndex, indexOwnerNamespace); err != nil {
		return err
	}
	return indexer.IndexField(ctx, secretMetadata(), ownerIndex, func(o client.Object) []string {
		if owner := o.GetAnnotations()[v1alpha1.OwnerAnnotation]; owner != "" {
			return []string{owner}
		}
		return nil
	})
}

// SetupWithManager watches the clients, their Secrets (metadata only), and all that decides about them: policies,
// issuers and the labels of namespaces.
func (r *Reconciler) SetupWithManager(ctx context.Context, mgr ctrl.Manager, workers int) error {
	if err := IndexOwners(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	changes := predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.LabelChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).
		Named("oauthclient").
		Watches(&v1alpha1.OAuthClient{}, r.wakeItself(), builder.WithPredicates(changes)).
		Watches(&v1alpha1.OAuthClient{}, handler.Funcs{DeleteFunc: r.clientDeleted}).
		WatchesMetadata(&corev1.Secret{}, handler.Funcs{CreateFunc: r.secretCreated, UpdateFunc: r.secretUpdated, DeleteFunc: r.secretDeleted}).
		WatchesMetadata(&corev1.ConfigMap{}, r.onConfiguration()).
		Watches(&v1alpha1.TokenPolicy{}, r.onPolicy(),
			builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.TokenIssuer{}, everyEvent(r.wakeIssuer),
			builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, urlChanged))).
		Watches(&v1alpha1.TokenIssuer{}, handler.Funcs{UpdateFunc: r.loginsChanged}).
		WatchesMetadata(&corev1.Namespace{}, everyEvent(r.wakeNamespace),
			builder.WithPredicates(placeChanged())).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers, NewQueue: r.Queue.Build}).
		Complete(condition.Quiet(r))
}

// urlChanged lets through what changes the URL in force of an issuer, which stands in its status.
var urlChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	before, ok := e.ObjectOld.(*v1alpha1.TokenIssuer)
	after, same := e.ObjectNew.(*v1alpha1.TokenIssuer)
	return ok && same && before.URLInForce() != after.URLInForce()
}}

// secretCreated wakes only the owners that are not there: those that are have just written the Secret. If it is a key ring,
// the clients of its issuer are woken, which wait for one.
func (r *Reconciler) secretCreated(ctx context.Context, e event.CreateEvent, q queue) {
	if issuer, ok := ringOf(e.Object); ok && !e.IsInInitialList && r.Versions.IsRoot(issuer.Namespace) {
		r.wake(ctx, q, fairqueue.Ordinary)(r.Clients.OfIssuer(ctx, issuer))
	}
	owner, ok := r.ownerOf(e.Object)
	if ok && r.Get(ctx, owner, new(v1alpha1.OAuthClient)) != nil {
		q.Add(reconcile.Request{NamespacedName: owner})
	}
}

func (r *Reconciler) secretUpdated(_ context.Context, e event.UpdateEvent, q queue) {
	for _, object := range []client.Object{e.ObjectOld, e.ObjectNew} {
		if owner, ok := r.ownerOf(object); ok {
			q.Add(reconcile.Request{NamespacedName: owner})
		}
	}
}

// secretDeleted wakes the owner, and whoever waits for the client_id or the place that became free. If it was a key ring, the
// clients of its issuer are woken to prepare the next one. A Secret that lost the label that it is watched by counts as
// deleted.
func (r *Reconciler) secretDeleted(ctx context.Context, e event.DeleteEvent, q queue) {
	if owner, ok := r.ownerOf(e.Object); ok {
		q.Add(reconcile.Request{NamespacedName: owner})
	}
	if !r.Versions.IsRoot(e.Object.GetNamespace()) {
		return
	}
	if id := e.Object.GetAnnotations()[v1alpha1.ClientIDAnnotation]; id != "" {
		r.wake(ctx, q, fairqueue.Ordinary)(r.Clients.OfClientID(ctx, id))
	}
	if owner, ok := parseName(e.Object.GetAnnotations()[v1alpha1.OwnerAnnotation]); ok {
		r.wakeNext(ctx, q, issuerOf(e.Object), owner.Namespace)
	}
	if issuer, ok := ringOf(e.Object); ok {
		r.wake(ctx, q, fairqueue.Platform)(r.Clients.OfIssuer(ctx, issuer))
	}
}

// ringOf names the TokenIssuer whose key ring a Secret is. A new ring has yet to learn how long tokens live.
func ringOf(secret client.Object) (types.NamespacedName, bool) {
	return issuerOf(secret), secret.GetAnnotations()[v1alpha1.LongestLifetimeAnnotation] != ""
}

// issuerOf names the TokenIssuer that a Secret beside it belongs to.
func issuerOf(secret client.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: secret.GetNamespace(), Name: secret.GetLabels()[v1alpha1.IssuerLabel]}
}

// ownerOf names the OAuthClient that a Secret belongs to: by its label one of its own namespace, by its annotation any.
// The annotation counts in the namespaces of issuers alone; elsewhere anybody may have written it.
func (r *Reconciler) ownerOf(secret client.Object) (types.NamespacedName, bool) {
	if name := secret.GetLabels()[v1alpha1.ClientLabel]; name != "" {
		return types.NamespacedName{Namespace: secret.GetNamespace(), Name: name}, true
	}
	if !r.Versions.IsRoot(secret.GetNamespace()) {
		return types.NamespacedName{}, false
	}
	return parseName(secret.GetAnnotations()[v1alpha1.OwnerAnnotation])
}

func parseName(text string) (types.NamespacedName, bool) {
	namespace, name, ok := strings.Cut(text, "/")
	return types.NamespacedName{Namespace: namespace, Name: name}, ok
}
