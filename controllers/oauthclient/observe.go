package oauthclient

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// observation is all that one pass knows of the world.
type observation struct {
	now   time.Time
	fresh fresh

	// issuerKey is the TokenIssuer that the client means; issuer is nil if it is not there or not served.
	issuerKey types.NamespacedName
	issuer    *v1alpha1.TokenIssuer
	// elsewhere says that the operator serves no issuers in that namespace.
	elsewhere bool
	// place is what became of that namespace.
	place     place
	subject   policy.Subject
	governing policy.Governance
	// prepared is what the issuer's key rings are prepared for.
	prepared lifetimes
	// rings are the UIDs of these rings.
	rings string
	// crowd is who goes before the client, where its issuer bounds the clients of a namespace.
	crowd crowd

	// registration is the Secret under the client's name at the issuer, whoever owns it; nil if there is none.
	registration *corev1.Secret
	// credentials is the Secret under the name that the client asks for, whoever owns it; nil if there is none.
	credentials *corev1.Secret
	// contested is until when the Secret is left as it is, since somebody undoes each change of ours; zero if nobody does.
	contested time.Time
	// strays are further registrations of this client, under an issuer that it no longer means.
	strays []metav1.PartialObjectMetadata
}

// lookup says how much a pass trusts the cache.
type lookup bool

const (
	// trustingAbsence does not read what the cache says is not there: a new client then costs no reads. If the cache is
	// wrong, creating fails, and the pass starts again with readingLive; so does a pass that would have nothing to create.
	trustingAbsence lookup = false
	readingLive     lookup = true
)

// survey reads what decides about a client from the cache alone.
func (r *Reconciler) survey(ctx context.Context, oc *v1alpha1.OAuthClient) (observation, error) {
	seen := observation{now: r.Clock.Now().UTC().Truncate(time.Second), issuerKey: r.issuerKey(oc)}
	if err := r.observeIssuer(ctx, oc, &seen); err != nil || seen.issuer == nil {
		return seen, err
	}
	root, err := r.Policies.Policies(ctx, seen.subject.IssuerNamespace)
	if err != nil {
		return seen, fmt.Errorf("root policies: %w", err)
	}
	local, err := r.Policies.Policies(ctx, seen.subject.Namespace)
	if err != nil {
		return seen, fmt.Errorf("local policies: %w", err)
	}
	seen.governing = policy.Governing(seen.subject, root, local)
	return seen, nil
}

// observe adds the Secrets to what was surveyed. They are read live: what they hold decides which credentials stay.
func (r *Reconciler) observe(ctx context.Context, oc *v1alpha1.OAuthClient, seen observation, look lookup) (observation, error) {
	if seen.fresh = newFresh(); seen.issuer == nil {
		return r.observeSecretAlone(ctx, oc, seen, look)
	}
	if spare, made := r.pacer.spare(client.ObjectKeyFromObject(oc), oc.UID); made {
		seen.fresh = spare
	}
	var err error
	if seen.registration, err = r.secret(ctx, r.registrationKey(oc), look); err != nil {
		return seen, fmt.Errorf("registration: %w", err)
	}
	if seen.registration != nil {
		// The cache lacks what others made, what lost its label, and what we have only just written. For a client that is
		// registered, taking any of these for absent would replace a credential in use.
		look = readingLive
	}
	if seen.credentials, err = r.secret(ctx, secretKey(oc), look); err != nil {
		return seen, fmt.Errorf("credentials: %w", err)
	}
	err = r.observeCrowd(ctx, oc, &seen)
	return seen, err
}

// observeSecretAlone is for a client without an issuer: whether a Secret is in its way can be told all the same. Where it
// cannot be, that holds nothing up.
func (r *Reconciler) observeSecretAlone(ctx context.Context, oc *v1alpha1.OAuthClient, seen observation, look lookup) (observation, error) {
	var err error
	if seen.credentials, err = r.secret(ctx, secretKey(oc), look); apierrors.IsForbidden(err) {
		seen.credentials, err = nil, nil
	}
	return seen, err
}

func (r *Reconciler) observeIssuer(ctx context.Context, oc *v1alpha1.OAuthClient, seen *observation) error {
	var err error
	if seen.strays, err = r.strays(ctx, oc); err != nil {
		return fmt.Errorf("registrations: %w", err)
	}
	if seen.elsewhere = !r.Versions.IsRoot(seen.issuerKey.Namespace); seen.elsewhere {
		return nil
	}
	if seen.place, err = r.placeOf(ctx, seen.issuerKey.Namespace); err != nil || seen.place != placeThere {
		return err
	}
	issuer := new(v1alpha1.TokenIssuer)
	if err := r.Get(ctx, seen.issuerKey, issuer); err != nil {
		return client.IgnoreNotFound(err)
	}
	if seen.subject, err = r.Clients.Subject(ctx, oc); err != nil {
		return fmt.Errorf("namespace: %w", err)
	}
	if seen.prepared, seen.rings, err = r.prepared(ctx, seen.issuerKey); err != nil {
		return fmt.Errorf("key rings: %w", err)
	}
	seen.issuer = issuer
	return nil
}

// secret reads a Secret live, unless the cache says that it is not there and look trusts it.
func (r *Reconciler) secret(ctx context.Context, key types.NamespacedName, look lookup) (*corev1.Secret, error) {
	if look == trustingAbsence {
		if err := r.Get(ctx, key, secretMetadata()); err != nil {
			return nil, client.IgnoreNotFound(err)
		}
	}
	secret := new(corev1.Secret)
	err := r.Live.Get(ctx, key, secret)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return secret, err
}

// strays finds registrations that oc owns besides the one under its name at its issuer.
func (r *Reconciler) strays(ctx context.Context, oc *v1alpha1.OAuthClient) ([]metav1.PartialObjectMetadata, error) {
	owned, err := r.registrationsOf(ctx, client.ObjectKeyFromObject(oc))
	key := r.registrationKey(oc)
	return slices.DeleteFunc(owned, func(m metav1.PartialObjectMetadata) bool {
		return client.ObjectKeyFromObject(&m) == key
	}), err
}

// registrationsOf finds the registrations of a client. What looks like one elsewhere than in the namespace of an issuer is
// nobody's but its author's.
func (r *Reconciler) registrationsOf(ctx context.Context, owner types.NamespacedName) ([]metav1.PartialObjectMetadata, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	err := r.List(ctx, list, client.MatchingFields{ownerIndex: owner.String()})
	return slices.DeleteFunc(list.Items, func(m metav1.PartialObjectMetadata) bool {
		return !r.Versions.IsRoot(m.Namespace)
	}), err
}

func (r *Reconciler) issuerKey(oc *v1alpha1.OAuthClient) types.NamespacedName {
	return r.Clients.IssuerKey(oc)
}

func (r *Reconciler) registrationKey(oc *v1alpha1.OAuthClient) types.NamespacedName {
	issuer := r.issuerKey(oc)
	return types.NamespacedName{Namespace: issuer.Namespace, Name: registration.SecretName(issuer.Name, policy.ClientID(oc))}
}

func secretKey(oc *v1alpha1.OAuthClient) types.NamespacedName {
	name := oc.Name + "-oauth"
	if a := oc.Spec.Authentication; a != nil && a.ClientSecret != nil && a.ClientSecret.SecretName != "" {
		name = a.ClientSecret.SecretName
	}
	return types.NamespacedName{Namespace: oc.Namespace, Name: name}
}

func secretMetadata() *metav1.PartialObjectMetadata {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return object
}

func newFresh() fresh {
	var entropy registration.Entropy
	_, _ = rand.Read(entropy[:]) // never fails: crypto/rand ends the program rather than give weak bytes
	return fresh{id: rand.Text(), secret: registration.NewSecret(entropy)}
}
