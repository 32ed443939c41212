package oauthclient

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
)

// waits tells for how long a client still waits, after a pass that failed. Whatever woke it, it waits, unless something
// changed that decides about it: its intent, the end of its issuer's namespace, or a Secret of its that somebody else wrote.
func (r *Reconciler) waits(ctx context.Context, oc *v1alpha1.OAuthClient, seen observation) (*setback, time.Duration) {
	was, left := r.pacer.waiting(client.ObjectKeyFromObject(oc), seen.now)
	if left == 0 || seen.place != placeThere || was.about != intentOf(oc, seen) {
		return nil, 0
	}
	now := versions{r.versionOf(ctx, r.registrationKey(oc)), r.versionOf(ctx, secretKey(oc))}
	if now.registration != was.before.registration && now.registration != was.after.registration ||
		now.credentials != was.before.credentials && now.credentials != was.after.credentials {
		return nil, 0
	}
	return was, left
}

// versionOf is the version of a Secret in the cache; empty if it is not there.
func (r *Reconciler) versionOf(ctx context.Context, key types.NamespacedName) string {
	secret := secretMetadata()
	if err := r.Get(ctx, key, secret); err != nil {
		return ""
	}
	return secret.ResourceVersion
}

// failed is what there is to remember of a pass whose writes failed.
func (p *pass) failed(oc *v1alpha1.OAuthClient) setback {
	err := p.was.err()
	out := setback{
		about: intentOf(oc, p.seen), spare: p.seen.fresh, of: oc.UID, registered: p.was.registration == nil,
		before:  versions{versionSeen(p.seen.registration), versionSeen(p.seen.credentials)},
		forGood: refusedForGood(err) || apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause),
	}
	out.after = out.before
	if p.want.registration != nil && out.registered {
		out.after.registration = p.want.registration.ResourceVersion // as it was written
	}
	return out
}

func versionSeen(secret *corev1.Secret) string {
	if secret == nil {
		return ""
	}
	return secret.ResourceVersion
}
