package oauthclient

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/accepted"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/controllers/fairqueue"
	"tokenwright.dev/controllers/keyring"
	"tokenwright.dev/controllers/rollout"
)

// Reconciler keeps one OAuthClient true: it observes, decides, applies and reports, once each and in that order.
type Reconciler struct {
	client.Client
	// Live reads past the cache.
	Live   client.Reader
	Clock  clock.PassiveClock
	Events events.EventRecorder
	// Clients finds the clients that a change concerns.
	Clients clients.Finder
	// Versions finds the accepted versions of policies, and knows the namespaces whose TokenIssuers the operator serves.
	Versions accepted.Versions
	// Policies has the policies of a namespace at hand.
	Policies *accepted.Book
	// Queue orders what waits; nothing is more urgent than another when nil.
	Queue *fairqueue.Queue
	// Rollout is told which clients follow the policies of now; nobody is told when nil.
	Rollout *rollout.Tracker

	pacer pacer
	shelf shelf
}

// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=oauthclients,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=oauthclients/status,verbs=patch
// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokenpolicies;tokenissuers,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch;create;update
// +kubebuilder:rbac:groups="",resources=secrets,verbs=delete,namespace=tokenwright-system
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile is level-triggered: what an earlier pass remembered only saves a read, or says when.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	oc := new(v1alpha1.OAuthClient)
	err := r.Get(ctx, req.NamespacedName, oc)
	switch {
	case apierrors.IsNotFound(err):
		r.pacer.forget(req.NamespacedName)
		r.shelf.forget(req.NamespacedName)
		r.Rollout.Forget(req.NamespacedName)
		return ctrl.Result{}, r.sweep(ctx, req.NamespacedName)
	case err != nil:
		return ctrl.Result{}, err
	case !oc.DeletionTimestamp.IsZero():
		return ctrl.Result{}, r.release(ctx, oc)
	default:
		return r.keep(ctx, oc)
	}
}

// keep makes a client that is not being deleted true, and says what came of it.
func (r *Reconciler) keep(ctx context.Context, oc *v1alpha1.OAuthClient) (ctrl.Result, error) {
	begun := r.Rollout.Begin()
	seen, err := r.survey(ctx, oc)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("survey: %w", err)
	}
	key := client.ObjectKeyFromObject(oc)
	if was, left := r.waits(ctx, oc, seen); left > 0 {
		if was.registered {
			r.Rollout.Done(key, begun)
		}
		return ctrl.Result{RequeueAfter: left}, nil
	}
	if r.Queue.Presses() && r.swiftly(ctx, oc, seen) {
		r.Rollout.Done(key, begun)
		return ctrl.Result{RequeueAfter: afterSwift}, nil
	}
	p, err := r.whole(ctx, oc, seen)
	if err != nil {
		return ctrl.Result{}, err
	}
	r.shelve(oc, &p)
	if p.settled() {
		r.Rollout.Done(key, begun)
	}
	return r.conclude(ctx, oc, p)
}

// whole is a pass that trusts the cache for what is not there, and another one that does not where that was wrong.
func (r *Reconciler) whole(ctx context.Context, oc *v1alpha1.OAuthClient, seen observation) (pass, error) {
	p, err := r.pass(ctx, oc, seen, trustingAbsence)
	if err == nil && (apierrors.IsAlreadyExists(p.was.err()) || p.want.refusesUnseen()) {
		return r.pass(ctx, oc, seen, readingLive)
	}
	return p, err
}

// pass is one turn of observing, deciding and applying.
type pass struct {
	seen observation
	want desired
	was  applied
}

// pass observes, decides and applies.
func (r *Reconciler) pass(ctx context.Context, oc *v1alpha1.OAuthClient, surveyed observation, look lookup) (pass, error) {
	seen, err := r.observe(ctx, oc, surveyed, look)
	if err != nil {
		return pass{}, fmt.Errorf("observe: %w", err)
	}
	want := desire(oc, seen)
	if want.credentials != nil && want.credentials.ResourceVersion != "" || want.replaced {
		if truce := r.pacer.truce(client.ObjectKeyFromObject(oc), intentOf(oc, seen), seen.now); truce > 0 {
			seen.contested = seen.now.Add(truce)
			want = desire(oc, seen)
		}
	}
	return pass{seen, want, r.apply(ctx, oc, want)}, nil
}

// settled tells whether nothing is registered for the client but what should be.
func (p *pass) settled() bool { return p.was.registration == nil || p.seen.registration == nil }

// conclude reports a pass, and says when the next one is due.
func (r *Reconciler) conclude(ctx context.Context, oc *v1alpha1.OAuthClient, p pass) (ctrl.Result, error) {
	key, failure := client.ObjectKeyFromObject(oc), p.was.err()
	if failure == nil {
		var about intent // which nobody asks for where nothing was written
		if p.want.credentials != nil {
			about = intentOf(oc, p.seen)
		}
		r.pacer.succeed(key, p.want.credentials != nil, about, p.seen.now)
		return ctrl.Result{RequeueAfter: p.want.recheckAfter}, wrap("report", r.report(ctx, oc, p))
	}
	pause := r.pacer.fail(key, p.failed(oc), p.seen.now)
	switch {
	case apierrors.HasStatusCause(p.was.credentials, corev1.NamespaceTerminatingCause):
		return ctrl.Result{}, nil // the client goes with its namespace; that of its issuer is told of
	case errors.Is(failure, keyring.ErrMissing): // the issuer is as new as the client
	case apierrors.IsConflict(failure): // somebody was faster, which is no news to anybody
	default:
		log.FromContext(ctx).Error(failure, "Writing failed", "again", pause.String())
		return ctrl.Result{RequeueAfter: pause}, wrap("report", r.report(ctx, oc, p))
	}
	return ctrl.Result{RequeueAfter: pause}, nil
}

// release removes the registration of a client that is being deleted, takes the client secret out of its Secret, then
// lets the client go. It waits for nothing that is gone already: an issuer, a namespace or a Secret that is not there
// holds nothing up.
func (r *Reconciler) release(ctx context.Context, oc *v1alpha1.OAuthClient) error {
	if !controllerutil.ContainsFinalizer(oc, v1alpha1.Finalizer) {
		return nil
	}
	if err := r.revoke(ctx, oc); err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	if err := r.letGo(ctx, oc); err != nil {
		return fmt.Errorf("empty credentials: %w", err)
	}
	if err := r.complete(ctx, oc); err != nil {
		return client.IgnoreNotFound(err)
	}
	before := oc.DeepCopy()
	controllerutil.RemoveFinalizer(oc, v1alpha1.Finalizer)
	err := r.Patch(ctx, oc, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	return client.IgnoreNotFound(err)
}

// revoke removes every registration of oc: the one under its name, read live since the cache may not know it yet, and
// any others.
func (r *Reconciler) revoke(ctx context.Context, oc *v1alpha1.OAuthClient) error {
	key := r.registrationKey(oc)
	registered, err := r.secret(ctx, key, readingLive)
	if err = r.unlessGone(ctx, key.Namespace, err); err != nil {
		return err
	}
	if registered != nil && registrant(registered) == ownerName(oc) {
		if err := r.remove(ctx, registered); err != nil {
			return err
		}
	}
	strays, err := r.strays(ctx, oc)
	if err != nil {
		return err
	}
	for i := range strays {
		if err := r.remove(ctx, &strays[i]); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes the registrations of a client that is gone without having been released.
func (r *Reconciler) sweep(ctx context.Context, owner types.NamespacedName) error {
	orphans, err := r.registrationsOf(ctx, owner)
	if err != nil || len(orphans) == 0 {
		return err
	}
	switch err := r.Live.Get(ctx, owner, new(v1alpha1.OAuthClient)); {
	case apierrors.IsForbidden(err):
		return nil // in a namespace that is not watched: whether it is gone is not for this operator to say
	case !apierrors.IsNotFound(err):
		return err // it is there after all, and its own pass decides
	}
	for i := range orphans {
		if err := r.remove(ctx, &orphans[i]); err != nil {
			return fmt.Errorf("remove orphaned registration: %w", err)
		}
	}
	return nil
}
