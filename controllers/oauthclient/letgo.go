package oauthclient

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

const (
	// letGoPatience is how long the deletion of a client waits for an API server that cannot say whether it takes a
	// Secret without the client secret. The registration is gone by then, so nobody accepts that secret meanwhile.
	letGoPatience = time.Minute
	// maxLetGo bounds, beside the Secret that it names, how many a client that is being deleted takes its secrets out
	// of.
	maxLetGo = 16
)

// letGo takes the client secrets out of the Secrets of a client that is being deleted: with "kubectl delete
// --cascade=orphan" they outlive it, and a client of its name that is made later would go on with what stands there. A
// Secret that the API server does not let be emptied, an immutable one for example, says from then on that it was let
// go (see adopts). One that cannot be written at all holds nothing up; an Event tells of it.
func (r *Reconciler) letGo(ctx context.Context, oc *v1alpha1.OAuthClient) error {
	keys, err := r.secretsOf(ctx, oc)
	if err != nil {
		return err
	}
	var failures []error
	for _, key := range keys {
		failures = append(failures, r.letGoOne(ctx, oc, key))
	}
	return errors.Join(failures...)
}

func (r *Reconciler) letGoOne(ctx context.Context, oc *v1alpha1.OAuthClient, key types.NamespacedName) error {
	err := r.takeOut(ctx, oc, key)
	switch {
	case client.IgnoreNotFound(err) == nil:
		return nil
	case !refused(err) && r.Clock.Now().Before(oc.DeletionTimestamp.Add(letGoPatience)):
		return err
	}
	r.Events.Eventf(oc, nil, corev1.EventTypeWarning, "SecretNotEmptied", "Delete", "%s", condition.Note(
		"Secret "+key.Name+" still holds the client secret, which nobody accepts now; if it stays, delete it: "+err.Error()))
	return nil
}

// takeOut empties a Secret if it is oc's, or marks it if that is refused.
func (r *Reconciler) takeOut(ctx context.Context, oc *v1alpha1.OAuthClient, key types.NamespacedName) error {
	secret, err := r.secret(ctx, key, readingLive)
	if err != nil || secret == nil || !isOurs(oc, secret) || secretIn(secret) == "" || letGoBy(oc, secret) {
		return err
	}
	if err := r.Update(ctx, emptied(secret)); !refused(err) {
		return err
	}
	return r.Update(ctx, marked(oc, secret))
}

// secretsOf lists what may be a credentials Secret of oc: the one that it names, and those that the cache knows under
// its label, from before oc named another.
func (r *Reconciler) secretsOf(ctx context.Context, oc *v1alpha1.OAuthClient) ([]types.NamespacedName, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	err := r.List(ctx, list, client.InNamespace(oc.Namespace), client.MatchingLabels{v1alpha1.ClientLabel: oc.Name})
	if err != nil {
		return nil, err
	}
	keys := []types.NamespacedName{secretKey(oc)}
	for i := range list.Items {
		if key := client.ObjectKeyFromObject(&list.Items[i]); key != keys[0] {
			keys = append(keys, key)
		}
	}
	return keys[:min(len(keys), maxLetGo+1)], nil
}

// emptied is a Secret without the client secret. The key stays, since Pods that name it would not start without.
func emptied(secret *corev1.Secret) *corev1.Secret {
	next := secret.DeepCopy()
	next.Data[keyClientSecret] = []byte{}
	return next
}

// marked is a Secret that says that oc has let it go. Even an immutable Secret takes that.
func marked(oc *v1alpha1.OAuthClient, secret *corev1.Secret) *corev1.Secret {
	next := secret.DeepCopy()
	metav1.SetMetaDataAnnotation(&next.ObjectMeta, v1alpha1.LetGoAnnotation, string(oc.UID))
	return next
}

func letGoBy(oc *v1alpha1.OAuthClient, secret *corev1.Secret) bool {
	return secret.Annotations[v1alpha1.LetGoAnnotation] == string(oc.UID)
}

// refused tells whether the API server, or whom it asked, has looked at a write and said no. Trying again says nothing
// new.
func refused(err error) bool {
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok {
		return false
	}
	code := int(status.ErrStatus.Code)
	again := []int{http.StatusConflict, http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusUnauthorized}
	return code >= 400 && code < 500 && !slices.Contains(again, code)
}
