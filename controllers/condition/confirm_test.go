package condition_test

import (
	"context"
	"errors"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

// server answers each live read with one client, or an error.
type server struct {
	client.Reader
	latest *v1alpha1.OAuthClient
	err    error
}

func (s server) Get(_ context.Context, _ client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	if s.latest != nil {
		s.latest.DeepCopyInto(into.(*v1alpha1.OAuthClient))
	}
	return s.err
}

func TestConfirm(t *testing.T) {
	version := func(resource string, generation int64) *v1alpha1.OAuthClient {
		return &v1alpha1.OAuthClient{ObjectMeta: metav1.ObjectMeta{Name: "web", ResourceVersion: resource, Generation: generation}}
	}
	away := errors.New("connection refused")
	for _, tc := range []struct {
		name     string
		server   server
		conflict bool
		err      error
	}{
		{"the latest version was seen", server{latest: version("7", 2)}, false, nil},
		{"a later status was not", server{latest: version("8", 2)}, true, nil},
		{"of a later spec an event tells", server{latest: version("8", 3)}, false, nil},
		{"it is gone", server{err: apierrors.NewNotFound(schema.GroupResource{}, "web")}, false, nil},
		{"the API server is away", server{err: away}, false, away},
	} {
		t.Run(tc.name, func(t *testing.T) {
			current := new(v1alpha1.OAuthClient)
			err := condition.Confirm(t.Context(), tc.server, version("7", 2), current)
			if apierrors.IsConflict(err) != tc.conflict || !tc.conflict && !errors.Is(err, tc.err) {
				t.Errorf("%v, want conflict %v, error %v", err, tc.conflict, tc.err)
			}
			if tc.server.latest != nil && current.ResourceVersion != tc.server.latest.ResourceVersion {
				t.Errorf("read version %q into current, want %q", current.ResourceVersion, tc.server.latest.ResourceVersion)
			}
		})
	}
}
