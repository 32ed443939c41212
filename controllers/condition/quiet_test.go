package condition_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/controllers/condition"
)

func TestQuiet(t *testing.T) {
	conflict := apierrors.NewConflict(schema.GroupResource{Resource: "secrets"}, "a", errors.New("stale"))
	fault := errors.New("fault")
	for _, tc := range []struct {
		name  string
		err   error
		want  error
		again bool
	}{
		{"no error", nil, nil, false},
		{"conflict", conflict, nil, true},
		{"conflict inside", fmt.Errorf("write: %w", conflict), nil, true},
		{"fault", fault, fault, false},
	} {
		r := condition.Quiet(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
			return reconcile.Result{RequeueAfter: time.Hour}, tc.err
		}))
		result, err := r.Reconcile(t.Context(), reconcile.Request{})
		if !errors.Is(err, tc.want) || (result.RequeueAfter < time.Second) != tc.again {
			t.Errorf("%s: %v, %v; want error %v, at once again %v", tc.name, result, err, tc.want, tc.again)
		}
	}
}
