package oauthclient

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
)

// afterSwift is how soon the pass comes that a swift one leaves the rest to. It waits behind all that the platform changed.
const afterSwift = time.Millisecond

// swiftly brings the registration of a registered client up to date and leaves its Secret and its status to another pass:
// while the platform's changes wait for their turn, each registration that is too much counts, and nothing else. It tells
// whether that was all there is to do now; what did not work is for an ordinary pass to see to.
//
// It reads the registration as the API server has it at hand, which may lag. That costs a conflict at most, as everywhere:
// what is written bears the version that it was decided on.
func (r *Reconciler) swiftly(ctx context.Context, oc *v1alpha1.OAuthClient, seen observation) bool {
	key, known := r.registrationKey(oc), secretMetadata()
	if seen.issuer == nil || r.Get(ctx, key, known) != nil || known.Annotations[v1alpha1.OwnerUIDAnnotation] != string(oc.UID) {
		return false
	}
	atHand := &client.GetOptions{Raw: &metav1.GetOptions{ResourceVersion: "0"}}
	seen.registration = new(corev1.Secret)
	if err := r.Live.Get(ctx, key, seen.registration, atHand); err != nil {
		return false
	}
	seen.contested = seen.now // so that the Secret, which was not looked at, is left as it is
	want := desire(oc, seen)
	return want.lifetimes.within(want.prepared) && r.apply(ctx, oc, want).err() == nil
}

// within tells whether nothing lives longer than under other.
func (l lifetimes) within(other lifetimes) bool {
	return l.signed <= other.signed && l.sealed <= other.sealed
}
