package tokenissuer

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"tokenwright.dev/api/v1alpha1"
)

// others are the Secrets in the namespaces of issuers that the operator did not write, by their metadata. They are of the
// platform and few: certificates and what people log in by.
func (r *Reconciler) others(in cache.Cache) source.Source {
	secret := &metav1.PartialObjectMetadata{}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return source.Kind[client.Object](in, secret, handler.EnqueueRequestsFromMapFunc(r.believing))
}

// believing names the TokenIssuers whose clients are to believe the CA in a Secret.
func (r *Reconciler) believing(ctx context.Context, secret client.Object) []ctrl.Request {
	var list v1alpha1.TokenIssuerList
	if err := r.List(ctx, &list, client.InNamespace(secret.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
		log.FromContext(ctx).Error(err, "Listing TokenIssuers failed") // a cache that runs does not fail
		return nil
	}
	var out []ctrl.Request
	for i := range list.Items {
		if ref := caReference(&list.Items[i]); ref != nil && ref.Name == secret.GetName() {
			out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return out
}
