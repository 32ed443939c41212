package stage

import (
	"testing"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

// Create creates objects as a user does.
func (s *Stage) Create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := s.Client.Create(t.Context(), object); err != nil {
			t.Fatalf("create %s %s: %v", name(object), object.GetName(), err)
		}
	}
}

// Serve creates the default issuer and takes its key rings so far that it signs.
func (s *Stage) Serve(t *testing.T, options ...func(*v1alpha1.TokenIssuer)) *v1alpha1.TokenIssuer {
	t.Helper()
	issuer := build.TokenIssuer(s.Issuer().String(), options...)
	s.Create(t, issuer)
	s.Reconcile(t, s.TokenIssuers(), issuer)
	s.Writes()
	s.Told()
	return issuer
}

// Delete deletes an object as a user does.
func (s *Stage) Delete(t *testing.T, object client.Object) {
	t.Helper()
	if err := s.Client.Delete(t.Context(), object); err != nil {
		t.Fatalf("delete %s %s: %v", name(object), object.GetName(), err)
	}
}

// Change reads an object and writes it with a change, as a user does.
func Change[T client.Object](t *testing.T, s *Stage, object T, change func(T)) {
	t.Helper()
	s.Read(t, object)
	change(object)
	if err := s.Client.Update(t.Context(), object); err != nil {
		t.Fatalf("change %s %s: %v", name(object), object.GetName(), err)
	}
}

// Read reads an object that must be there.
func (s *Stage) Read(t *testing.T, object client.Object) {
	t.Helper()
	if err := s.Client.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		t.Fatalf("read %s %s: %v", name(object), object.GetName(), err)
	}
}

// Gone tells whether an object is not there any more.
func (s *Stage) Gone(t *testing.T, object client.Object) bool {
	t.Helper()
	err := s.Client.Get(t.Context(), client.ObjectKeyFromObject(object), object)
	if client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	}
	return err != nil
}

// Try calls Reconcile for an object, after the cache has seen what is true now.
func (s *Stage) Try(t *testing.T, r reconcile.Reconciler, object client.Object) (ctrl.Result, error) {
	t.Helper()
	s.Sync(t)
	return s.TryStale(t, r, object)
}

// TryStale calls Reconcile for an object with the cache as it happens to be.
func (s *Stage) TryStale(t *testing.T, r reconcile.Reconciler, object client.Object) (ctrl.Result, error) {
	t.Helper()
	return r.Reconcile(s.logging(t.Context()), reconcile.Request{NamespacedName: client.ObjectKeyFromObject(object)})
}

// Reconcile calls Reconcile for an object, once, and wants no error.
func (s *Stage) Reconcile(t *testing.T, r reconcile.Reconciler, object client.Object) ctrl.Result {
	t.Helper()
	result, err := s.Try(t, r, object)
	if err != nil {
		t.Fatalf("Reconcile(%s): %v", object.GetName(), err)
	}
	return result
}

// WantCondition reads an object and wants a condition of it, made for its generation.
func (s *Stage) WantCondition(t *testing.T, object client.Object, kind string, status metav1.ConditionStatus, reason string) {
	t.Helper()
	s.Read(t, object)
	got := apimeta.FindStatusCondition(conditions(object), kind)
	switch {
	case got == nil:
		t.Errorf("%s has no condition %s, want %s/%s", object.GetName(), kind, status, reason)
	case got.Status != status || got.Reason != reason || got.ObservedGeneration != object.GetGeneration():
		t.Errorf("%s: %s=%s/%s (%s) for generation %d, want %s/%s for %d", object.GetName(), kind, got.Status, got.Reason,
			got.Message, got.ObservedGeneration, status, reason, object.GetGeneration())
	}
}

// Message is the message of a condition of an object, as read last.
func Message(object client.Object, kind string) string {
	if c := apimeta.FindStatusCondition(conditions(object), kind); c != nil {
		return c.Message
	}
	return ""
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

// Told tells what Events there were since the last call.
func (s *Stage) Told() []string {
	var told []string
	for len(s.Events.Events) > 0 {
		told = append(told, <-s.Events.Events)
	}
	return told
}
