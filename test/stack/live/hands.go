package live

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/hack/dev/stack"
)

// Create makes an object by the rights of c.
func Create(t testing.TB, c client.Client, object client.Object) {
	t.Helper()
	if err := c.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// Remove deletes an object by the rights of c.
func Remove(t testing.TB, c client.Client, object client.Object, options ...client.DeleteOption) {
	t.Helper()
	if err := c.Delete(t.Context(), object, options...); err != nil {
		t.Fatal(err)
	}
}

// Change changes an object as it is now, whoever else writes to it, by the rights of c.
func Change[T client.Object](t testing.TB, c client.Client, object T, by func(T)) {
	t.Helper()
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		t.Fatal(err)
	}
	before := object.DeepCopyObject().(client.Object)
	by(object)
	if err := c.Patch(t.Context(), object, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// Standing tells whether operator and issuer still run.
func (in *Installation) Standing() bool {
	ended := func(p *stack.Process) bool {
		select {
		case <-p.Done():
			return true
		default:
			return false
		}
	}
	return !ended(in.Operator) && !ended(in.Issuer)
}
