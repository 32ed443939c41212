package kube

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"tokenwright.dev/issuer/store"
)

func TestTranslate(t *testing.T) {
	kind := schema.GroupResource{Group: "oauth.tokenwright.dev", Resource: grants}
	invalid := apierrors.NewInvalid(schema.GroupKind{Kind: "TokenGrant"}, "a1", field.ErrorList{
		field.TooLong(field.NewPath("spec", "sealed"), "secret value", 1),
	})
	for _, tc := range []struct {
		name string
		err  error
		want error // nil: none of package store's
	}{
		{"not found", apierrors.NewNotFound(kind, "a1"), store.ErrNotFound},
		{"exists", apierrors.NewAlreadyExists(kind, "a1"), store.ErrExists},
		{"conflict", apierrors.NewConflict(kind, "a1", errors.New("x")), store.ErrConflict},
		{"slow down", apierrors.NewTooManyRequests("x", 1), store.ErrUnavailable},
		{"internal", apierrors.NewInternalError(errors.New("x")), store.ErrUnavailable},
		{"starting", apierrors.NewServiceUnavailable("x"), store.ErrUnavailable},
		{"timeout", apierrors.NewTimeoutError("x", 1), store.ErrUnavailable},
		{"etcd away", apierrors.NewServerTimeout(kind, "get", 1), store.ErrUnavailable},
		{"refused connection", &url.Error{Op: "Get", Err: syscall.ECONNREFUSED}, store.ErrUnavailable},
		{"no answer in time", context.DeadlineExceeded, store.ErrUnavailable},
		{"no right", apierrors.NewForbidden(kind, "a1", errors.New("x")), nil},
		{"refused by the schema", invalid, nil},
	} {
		got := translate(tc.err)
		for _, known := range []error{store.ErrNotFound, store.ErrExists, store.ErrConflict, store.ErrUnavailable, store.ErrFull} {
			if errors.Is(got, known) != errors.Is(tc.want, known) {
				t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
			}
		}
		if got == nil || strings.Contains(got.Error(), "secret") {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
	if err := translate(nil); err != nil {
		t.Error(err)
	}
}
