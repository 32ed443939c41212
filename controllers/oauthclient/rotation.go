package oauthclient

import (
	"cmp"
	"time"

	"tokenwright.dev/api/v1alpha1"
)

// rotation says when a credential gives way to the next one, and how long it is accepted then.
type rotation struct {
	// due says that a new one is to be made now.
	due bool
	// id is the rotateID that has been acted on when that is done.
	id      string
	overlap time.Duration
}

// rotationOf decides whether a client asks for a new credential. What was acted on stands beside the credential that came of
// it. Where no registration of this client is left to tell, its status does; where that says nothing either, what stands in
// spec is nothing new, as in a client that is made with a rotateID, or restored from a backup.
func rotationOf(oc *v1alpha1.OAuthClient, seen observation) rotation {
	wish := rotationWish(oc)
	r := rotation{id: cmp.Or(oc.Status.RotateID, wish.RotateID), overlap: overlapOf(wish)}
	if held(oc, seen) == nil {
		return r
	}
	r.id = seen.registration.Annotations[v1alpha1.RotateIDAnnotation]
	if wish.RotateID != "" && wish.RotateID != r.id {
		r.due, r.id = true, wish.RotateID
	}
	return r
}

func rotationWish(oc *v1alpha1.OAuthClient) v1alpha1.SecretRotation {
	if a := oc.Spec.Authentication; a != nil && a.ClientSecret != nil && a.ClientSecret.Rotation != nil {
		return *a.ClientSecret.Rotation
	}
	return v1alpha1.SecretRotation{}
}

// overlapOf is the overlap that is wished for. None at all is a wish, too.
func overlapOf(wish v1alpha1.SecretRotation) time.Duration {
	if wish.Overlap == "" {
		return DefaultOverlap
	}
	return wish.Overlap.Std()
}
