package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"tokenwright.dev/issuer/store"
)

// translate says in the words of package store what the API server answered.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case apierrors.IsAlreadyExists(err):
		return store.ErrExists
	case apierrors.IsNotFound(err):
		return store.ErrNotFound
	case apierrors.IsConflict(err):
		return store.ErrConflict
	case apierrors.IsInvalid(err):
		return refused(err)
	case away(err):
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	default:
		return fmt.Errorf("ask the API server: %w", err)
	}
}

// away tells whether the same request may succeed later.
func away(err error) bool {
	status, answered := errors.AsType[*apierrors.StatusError](err)
	if !answered || errors.Is(err, context.DeadlineExceeded) {
		return true // nobody answered
	}
	code := status.ErrStatus.Code
	return code == http.StatusTooManyRequests || code >= http.StatusInternalServerError
}

// refused names the fields that a schema refuses. Their values, which the API server repeats, are nobody's business.
func refused(err error) error {
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok || status.ErrStatus.Details == nil {
		return errors.New("the API server refuses the object")
	}
	names := make([]string, 0, len(status.ErrStatus.Details.Causes))
	for _, cause := range status.ErrStatus.Details.Causes {
		names = append(names, cause.Field)
	}
	return fmt.Errorf("the API server refuses the object by its fields %s", strings.Join(names, ", "))
}

// gone makes no error of it that what is to be deleted is not there, or that another object has its name.
func gone(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}
