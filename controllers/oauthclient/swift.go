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
// What the shelf has of the version that the cache knows need not be read; else the registration is read as the API server
// has it at hand. Either may lag. That costs a conflict at most, as everywhere: what is written bears the version that it was
// decided on.
func (r *Reconciler) swiftly(ctx context.Context, oc *v1alpha1.OAuthClient, seen observation) bool {
	key, known := r.registrationKey(oc), secretMetadata()
	if seen.issuer == nil || r.Get(ctx, key, known, client.UnsafeDisableDeepCopy) != nil || known.Annotations[v1alpha1.OwnerUIDAnnotation] != string(oc.UID) {
		return false
	}
	if seen.registration = r.shelf.take(client.ObjectKeyFromObject(oc), known.ResourceVersion); seen.registration == nil {
		atHand := &client.GetOptions{Raw: &metav1.GetOptions{ResourceVersion: "0"}}
		seen.registration = new(corev1.Secret)
		if err := r.Live.Get(ctx, key, seen.registration, atHand); err != nil {
			return false
		}
	}
	seen.contested = seen.now // so that the Secret, which was not looked at, is left as it is
	p := pass{seen: seen, want: desire(oc, seen)}
	if !p.want.lifetimes.within(p.want.prepared) {
		return false
	}
	p.was = r.apply(ctx, oc, p.want)
	r.shelve(oc, &p)
	return p.was.err() == nil
}

// shelve keeps the registration that a pass left.
func (r *Reconciler) shelve(oc *v1alpha1.OAuthClient, p *pass) {
	left := p.seen.registration
	switch {
	case p.was.registration != nil || len(p.want.remove) > 0:
		left = nil // nobody knows
	case p.want.registration != nil:
		left = p.want.registration
	}
	r.shelf.put(client.ObjectKeyFromObject(oc), left)
}

// within tells whether nothing lives longer than under other.
func (l lifetimes) within(other lifetimes) bool {
	return l.signed <= other.signed && l.sealed <= other.sealed
}
