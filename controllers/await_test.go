package controllers_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
)

// patience bounds every wait; only a broken test gets near it.
const patience = 2 * time.Minute

// await watches one object until it is as said. done gets nil when the object is not there.
func await(t *testing.T, c client.WithWatch, object client.Object, what string, done func(client.Object) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	changes, err := c.Watch(ctx, listOf(object), client.InNamespace(object.GetNamespace()),
		client.MatchingFields{"metadata.name": object.GetName()})
	if err != nil {
		t.Fatal(err)
	}
	defer changes.Stop()
	err = c.Get(ctx, client.ObjectKeyFromObject(object), object)
	if client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	}
	if apierrors.IsNotFound(err) && done(nil) || err == nil && done(object) {
		return
	}
	last := object
	for event := range changes.ResultChan() {
		seen, ok := event.Object.(client.Object)
		if ok && event.Type != watch.Deleted && done(seen) || event.Type == watch.Deleted && done(nil) {
			return
		}
		last = seen
	}
	t.Fatalf("%s %s is not %s: %+v", object.GetNamespace(), object.GetName(), what, last)
}

func listOf(object client.Object) client.ObjectList {
	switch object.(type) {
	case *v1alpha1.OAuthClient:
		return &v1alpha1.OAuthClientList{}
	case *v1alpha1.TokenPolicy:
		return &v1alpha1.TokenPolicyList{}
	case *v1alpha1.TokenIssuer:
		return &v1alpha1.TokenIssuerList{}
	case *corev1.ConfigMap:
		return &corev1.ConfigMapList{}
	default:
		return &corev1.SecretList{}
	}
}

// ready tells whether Ready is True, or False with a reason, for the object's generation.
func ready(reason string) func(client.Object) bool {
	return func(object client.Object) bool {
		if object == nil {
			return false
		}
		c := meta.FindStatusCondition(conditions(object), v1alpha1.Ready)
		return c != nil && c.Reason == reason && c.ObservedGeneration == object.GetGeneration()
	}
}

func conditions(object client.Object) []metav1.Condition {
	switch object := object.(type) {
	case *v1alpha1.OAuthClient:
		return object.Status.Conditions
	case *v1alpha1.TokenPolicy:
		return object.Status.Conditions
	case *v1alpha1.TokenIssuer:
		return object.Status.Conditions
	default:
		return nil
	}
}

func there(object client.Object) bool { return object != nil }
func gone(object client.Object) bool  { return object == nil }
