package oauthclient

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"tokenwright.dev/api/v1alpha1"
)

// rotating gives a client a wish for a rotation.
func rotating(id string, overlap v1alpha1.Duration) change {
	return wishing(func(oc *v1alpha1.OAuthClient) {
		oc.Spec.Authentication = &v1alpha1.ClientAuthentication{ClientSecret: &v1alpha1.ClientSecretAuthentication{
			Rotation: &v1alpha1.SecretRotation{RotateID: id, Overlap: overlap},
		}}
	})
}

func actedOn(id string) change {
	return registered(func(s *corev1.Secret) { s.Annotations[v1alpha1.RotateIDAnnotation] = id })
}

func inStatus(id string) change {
	return wishing(func(oc *v1alpha1.OAuthClient) { oc.Status.RotateID = id })
}

// TestRotationOf says when a rotateID makes a new credential: once, whatever is lost.
func TestRotationOf(t *testing.T) {
	const day = DefaultOverlap
	for _, tc := range []struct {
		name  string
		world *world
		want  rotation
	}{
		{"nothing is wished for", running(), rotation{overlap: day}},
		{"a new client", anew(rotating("1", "")), rotation{id: "1", overlap: day}},
		{"the first one", running(rotating("1", "1h")), rotation{due: true, id: "1", overlap: time.Hour}},
		{"none is left accepted", running(rotating("1", "0s")), rotation{due: true, id: "1"}},
		{"acted on", running(rotating("1", ""), actedOn("1")), rotation{id: "1", overlap: day}},
		{"acted on, and the status is behind", running(rotating("2", ""), actedOn("2"), inStatus("1")), rotation{id: "2", overlap: day}},
		{"the next one", running(rotating("2", ""), actedOn("1")), rotation{due: true, id: "2", overlap: day}},
		{"taken away", running(actedOn("1")), rotation{id: "1", overlap: day}},
		{"the registration is lost", anew(rotating("1", ""), inStatus("1")), rotation{id: "1", overlap: day}},
		{"the registration is lost before it was acted on", anew(rotating("2", ""), inStatus("1")), rotation{id: "1", overlap: day}},
		{"a restored client has no status", anew(rotating("1", "")), rotation{id: "1", overlap: day}},
		{"the registration of a predecessor", running(rotating("2", ""), actedOn("1"), succeeded), rotation{id: "2", overlap: day}},
	} {
		if got := rotationOf(tc.world.oc, tc.world.seen); got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.name, got, tc.want)
		}
	}
}

// TestRotateIDIsKept wants what was acted on to stand beside the credential that came of it, and in the status.
func TestRotateIDIsKept(t *testing.T) {
	w := running(rotating("1", "0s"))
	want := desire(w.oc, w.seen)
	if got := want.registration.Annotations[v1alpha1.RotateIDAnnotation]; got != "1" || want.status.RotateID != "1" || len(want.status.Credentials) != 1 {
		t.Errorf("the registration says %q, the status %q of %d credentials", got, want.status.RotateID, len(want.status.Credentials))
	}
	stored(want.registration, "9")(w)
	stored(want.credentials, "10")(w)
	w.seen.fresh = fresh{id: "unwanted", secret: madeUp}
	if again := desire(w.oc, w.seen); again.registration != nil || again.credentials != nil {
		t.Error("the next pass rotates again")
	}
}
