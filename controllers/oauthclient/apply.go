package oauthclient

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/keyring"
)

// apply writes the registration before the Secret, so no workload ever holds a credential that the issuer does not know.
// Both carry the resourceVersion that they were decided on: a stale cache costs a retry, not a credential.
func (r *Reconciler) apply(ctx context.Context, oc *v1alpha1.OAuthClient, want desired) error {
	for _, object := range want.remove {
		if err := r.remove(ctx, object); err != nil {
			return fmt.Errorf("remove registration: %w", err)
		}
	}
	if want.registered.Status != metav1.ConditionTrue {
		return nil
	}
	if err := r.hold(ctx, oc); err != nil {
		return fmt.Errorf("add finalizer: %w", err)
	}
	if err := r.prepare(ctx, want); err != nil {
		return err
	}
	if err := r.write(ctx, want.registration); err != nil {
		return fmt.Errorf("write registration: %w", err)
	}
	if err := r.write(ctx, want.credentials); err != nil {
		return fmt.Errorf("write credentials: %w", err)
	}
	return nil
}

// hold adds the finalizer, before there is anything for it to remove.
func (r *Reconciler) hold(ctx context.Context, oc *v1alpha1.OAuthClient) error {
	if controllerutil.ContainsFinalizer(oc, v1alpha1.Finalizer) {
		return nil
	}
	if err := r.complete(ctx, oc); err != nil {
		return err
	}
	before := oc.DeepCopy()
	controllerutil.AddFinalizer(oc, v1alpha1.Finalizer)
	return r.Patch(ctx, oc, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}

// complete reads oc anew if the cache left some of its finalizers out: who writes one of them writes all.
func (r *Reconciler) complete(ctx context.Context, oc *v1alpha1.OAuthClient) error {
	if !clients.FinalizersLeftOut(oc) {
		return nil
	}
	seen := oc.UID
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(oc), oc); err != nil {
		return err
	}
	if oc.UID != seen {
		return condition.Lagging(oc)
	}
	return nil
}

func (r *Reconciler) write(ctx context.Context, secret *corev1.Secret) error {
	switch {
	case secret == nil:
		return nil
	case secret.ResourceVersion == "":
		return r.Create(ctx, secret)
	default:
		return r.Update(ctx, secret)
	}
}

// remove deletes a registration as it was seen. One that is gone already is no error.
func (r *Reconciler) remove(ctx context.Context, object metav1.Object) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: object.GetNamespace(), Name: object.GetName()}}
	return client.IgnoreNotFound(r.Delete(ctx, secret, client.Preconditions{
		UID: new(object.GetUID()), ResourceVersion: new(object.GetResourceVersion()),
	}))
}

// conditions sums up the pass. What the API server refused for good is the client's to see; a conflict is not.
func (d *desired) conditions(applied error) []metav1.Condition {
	if applied != nil {
		d.registered = condition.False(v1alpha1.Registered, v1alpha1.ReasonWriteFailed, applied.Error())
		d.credentialsReady = condition.False(v1alpha1.CredentialsReady, v1alpha1.ReasonWriteFailed, applied.Error())
		d.replaced = false // the pass that puts it into the Secret will tell
	}
	return condition.Summarize("registered; the credentials are in the Secret", transient,
		d.registered, d.credentialsReady, d.compliant)
}

// refusedForGood tells whether a retry alone cannot help.
func refusedForGood(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsRequestEntityTooLargeError(err) ||
		errors.Is(err, keyring.ErrNotOurs) || errors.Is(err, keyring.ErrUnreadable)
}

// ifChanged is next, or nil if it is what was seen.
func ifChanged(seen, next *corev1.Secret) *corev1.Secret {
	if seen != nil && equality.Semantic.DeepEqual(seen, next) {
		return nil
	}
	return next
}
