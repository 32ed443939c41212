package oauthclient

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

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

// applied is what became of the writes of a pass: the first error of each stage, the second stage being left out after the
// first failed.
type applied struct{ registration, credentials error }

func (a applied) err() error { return cmp.Or(a.registration, a.credentials) }

// apply writes the registration before the Secret, so no workload ever holds a credential that the issuer does not know.
// Both carry the resourceVersion that they were decided on: a stale cache costs a retry, not a credential.
func (r *Reconciler) apply(ctx context.Context, oc *v1alpha1.OAuthClient, want desired) applied {
	for _, object := range want.remove {
		if err := r.remove(ctx, object); err != nil {
			return applied{registration: fmt.Errorf("remove registration: %w", err)}
		}
	}
	if want.registered.Status != metav1.ConditionTrue {
		return applied{}
	}
	if err := r.register(ctx, oc, want); err != nil {
		return applied{registration: err}
	}
	if err := r.write(ctx, want.credentials); err != nil {
		return applied{credentials: fmt.Errorf("write credentials: %w", err)}
	}
	return applied{}
}

// register writes the registration, after the finalizer: there must be nothing that it does not remove. For a client that
// is registered already the registration comes first. Whoever may write the client could take the finalizer away and
// change the client again and again, and no rule of the platform's waits for them.
func (r *Reconciler) register(ctx context.Context, oc *v1alpha1.OAuthClient, want desired) error {
	steps := []func() error{
		func() error { return wrap("add finalizer", r.hold(ctx, oc)) },
		func() error { return r.prepare(ctx, want) },
		func() error { return wrap("write registration", r.write(ctx, want.registration)) },
	}
	if want.registration != nil && want.registration.ResourceVersion != "" {
		steps = append(steps[1:], steps[0])
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
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

// remove deletes a registration as it was seen. One that is gone already, or with its namespace, is no error.
func (r *Reconciler) remove(ctx context.Context, object metav1.Object) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: object.GetNamespace(), Name: object.GetName()}}
	err := r.Delete(ctx, secret, client.Preconditions{
		UID: new(object.GetUID()), ResourceVersion: new(object.GetResourceVersion()),
	})
	return client.IgnoreNotFound(r.unlessGone(ctx, secret.Namespace, err))
}

// conditions sums up the pass. A registration that is written stays true, whatever became of the Secret.
func (d *desired) conditions(was applied) []metav1.Condition {
	if err := was.registration; err != nil {
		d.registered = condition.False(v1alpha1.Registered, reasonOf(err), d.tell(err))
	}
	if err := was.err(); err != nil {
		d.credentialsReady = condition.False(v1alpha1.CredentialsReady, reasonOf(err), d.tell(err))
		d.replaced = false // the pass that puts it into the Secret will tell
	}
	return condition.Summarize("registered; the credentials are in the Secret", transient,
		d.registered, d.credentialsReady, d.compliant)
}

// tell is what the API server said. An admission policy may quote what it refused, and a status is no place for that.
func (d *desired) tell(err error) string {
	text := err.Error()
	if d.credentials == nil {
		return text
	}
	secret := d.credentials.Data[keyClientSecret]
	for _, form := range []string{string(secret), base64.StdEncoding.EncodeToString(secret)} {
		if form != "" {
			text = strings.ReplaceAll(text, form, "[redacted]")
		}
	}
	return text
}

func reasonOf(err error) string {
	if refusedForGood(err) {
		return v1alpha1.ReasonWriteRefused
	}
	return v1alpha1.ReasonWriteFailed
}

// refusedForGood tells whether only a user can help.
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
