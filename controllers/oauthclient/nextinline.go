package oauthclient

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/api/v1alpha1"
)

// registeredOf names the clients of a namespace that have a registration at an issuer.
func (r *Reconciler) registeredOf(ctx context.Context, issuer types.NamespacedName, namespace string) (map[string]bool, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	err := r.List(ctx, list, client.InNamespace(issuer.Namespace),
		client.MatchingFields{ownerNamespaceIndex: ownersOf(issuer.Name, namespace)}, client.UnsafeDisableDeepCopy)
	names := make(map[string]bool, len(list.Items))
	for i := range list.Items {
		owner, _ := parseName(list.Items[i].Annotations[v1alpha1.OwnerAnnotation])
		names[owner.Name] = true
	}
	return names, err
}

// ownerNamespaceIndex finds registrations by the issuer and the namespace of the OAuthClient that they were compiled from.
const ownerNamespaceIndex = "tokenwright.ownerNamespace"

func ownersOf(issuer, namespace string) string { return issuer + "/" + namespace }

func indexOwnerNamespace(o client.Object) []string {
	owner, ok := parseName(o.GetAnnotations()[v1alpha1.OwnerAnnotation])
	if !ok {
		return nil
	}
	return []string{ownersOf(o.GetLabels()[v1alpha1.IssuerLabel], owner.Namespace)}
}

// clientDeleted wakes those that waited behind a client that was not registered. If it was, the end of its registration
// wakes them.
func (r *Reconciler) clientDeleted(ctx context.Context, e event.DeleteEvent, q queue) {
	if oc, ok := e.Object.(*v1alpha1.OAuthClient); ok {
		r.wakeNext(ctx, q, r.issuerKey(oc), oc.Namespace)
	}
}

// wakeNext wakes the clients of a namespace that may have come to be within the bound of their issuer. More than the bound
// cannot: of those that wait, so many go first.
func (r *Reconciler) wakeNext(ctx context.Context, q queue, issuer types.NamespacedName, namespace string) {
	waiting, err := r.waiting(ctx, issuer, namespace)
	if err != nil {
		log.FromContext(ctx).Error(err, "Finding the clients that wait failed") // a cache that runs does not fail
	}
	for _, oc := range waiting {
		q.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(oc)})
	}
}

// waiting lists the clients of a namespace that are first in line at their issuer; none where nobody waits in line.
func (r *Reconciler) waiting(ctx context.Context, key types.NamespacedName, namespace string) ([]*v1alpha1.OAuthClient, error) {
	if !r.Versions.IsRoot(key.Namespace) {
		return nil, nil
	}
	issuer := new(v1alpha1.TokenIssuer)
	if err := r.Get(ctx, key, issuer); err != nil || mostClients(issuer) == 0 {
		return nil, client.IgnoreNotFound(err)
	}
	registered, err := r.registeredOf(ctx, key, namespace)
	if err != nil {
		return nil, err
	}
	beside, err := r.Clients.OfIssuerIn(ctx, key, namespace)
	waiting := slices.DeleteFunc(beside, func(oc *v1alpha1.OAuthClient) bool { return registered[oc.Name] })
	slices.SortFunc(waiting, byAge)
	return waiting[:min(len(waiting), mostClients(issuer))], err
}
