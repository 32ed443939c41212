package oauthclient

import (
	"context"
	"errors"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

// atlas answers for one namespace as a cache does.
type atlas struct {
	client.Client
	ends *metav1.Time
	err  error
}

func (a atlas) Get(_ context.Context, _ client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	into.SetDeletionTimestamp(a.ends)
	return a.err
}

// TestUnlessGone tells a lack of rights from what went with its namespace.
func TestUnlessGone(t *testing.T) {
	secrets := schema.GroupResource{Resource: "secrets"}
	forbidden, away := apierrors.NewForbidden(secrets, "x", errors.New("no role")), errors.New("connection refused")
	none, now := apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "auth"), metav1.NewTime(time.Now())
	for _, tc := range []struct {
		name  string
		atlas atlas
		err   error
		want  error
	}{
		{"no error", atlas{}, nil, nil},
		{"a lack of rights", atlas{}, forbidden, forbidden},
		{"the namespace is being deleted", atlas{ends: &now}, forbidden, nil},
		{"the namespace is gone", atlas{err: none}, forbidden, nil},
		{"nobody knows of the namespace", atlas{err: away}, forbidden, forbidden},
		{"another error, and the namespace is gone", atlas{err: none}, away, away},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &Reconciler{Client: tc.atlas}
			if got := r.unlessGone(t.Context(), "auth", tc.err); !errors.Is(got, tc.want) || (got == nil) != (tc.want == nil) {
				t.Errorf("%v, want %v", got, tc.want)
			}
		})
	}
}

// TestPlaceChanged wakes clients for the labels of a namespace and for the begin of its end, and for nothing else.
func TestPlaceChanged(t *testing.T) {
	now := metav1.NewTime(time.Now())
	place := func(label string, ends *metav1.Time) client.Object {
		o := secretMetadata()
		o.Labels, o.DeletionTimestamp = map[string]string{"tier": label}, ends
		return o
	}
	for _, tc := range []struct {
		name     string
		old, new client.Object
		want     bool
	}{
		{"nothing that matters", place("a", nil), place("a", nil), false},
		{"another label", place("a", nil), place("b", nil), true},
		{"it begins to end", place("a", nil), place("a", &now), true},
		{"it goes on ending", place("a", &now), place("a", &now), false},
	} {
		if got := placeChanged().Update(event.UpdateEvent{ObjectOld: tc.old, ObjectNew: tc.new}); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
	if !placeChanged().Create(event.CreateEvent{Object: place("a", nil)}) || !placeChanged().Delete(event.DeleteEvent{Object: place("a", nil)}) {
		t.Error("that a namespace comes or goes wakes nobody")
	}
}
