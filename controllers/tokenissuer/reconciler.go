package tokenissuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	oauthac "tokenwright.dev/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/keyring"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/policy"
)

const fieldOwner = client.FieldOwner(workload.Manager)

// Reconciler keeps one TokenIssuer true: it observes, decides, applies and reports, once each and in that order.
type Reconciler struct {
	client.Client
	// Live reads past the cache.
	Live   client.Reader
	Clock  clock.PassiveClock
	Events events.EventRecorder
	// Clients finds the clients of an issuer.
	Clients clients.Finder
	// IssuerNamespaces are those whose TokenIssuers are served.
	IssuerNamespaces []string
	// Image is what issuers run that name no image of their own.
	Image workload.Image
	// Dial reaches the Services of issuers; a net.Dialer when nil.
	Dial Dial
}

// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokenissuers,verbs=get;list;watch
// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokenissuers/status,verbs=patch
// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=issuerreports,verbs=list;watch;delete,namespace=tokenwright-system
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch;create;update,namespace=tokenwright-system
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;create;update,namespace=tokenwright-system

// outcome is what one pass came to.
type outcome struct {
	signing, sealing keys.Step
	// providers says how each identity provider is.
	providers []v1alpha1.IdentityProviderStatus
	// authority is the CA that clients are to believe.
	authority authority
	running   running
	clients   int32
	err       error
}

// Reconcile is level-triggered: it relies on nothing that an earlier pass remembered.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	ti := new(v1alpha1.TokenIssuer)
	if err := r.Get(ctx, req.NamespacedName, ti); err != nil {
		forgetRotation(req.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !ti.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	now := r.Clock.Now().UTC()
	var done outcome
	if slices.Contains(r.IssuerNamespaces, ti.Namespace) {
		done = r.pass(ctx, ti, now)
	} else {
		done.err = errNotServed
	}
	refused := refusal(ti, done.err)
	if done.err != nil && refused == nil {
		return ctrl.Result{}, done.err
	}
	conditions := summed(ti, done.conditions(ti, now, refused), done.providers)
	if err := r.report(ctx, ti, now, done, conditions); err != nil {
		return ctrl.Result{}, fmt.Errorf("report: %w", err)
	}
	return ctrl.Result{RequeueAfter: done.authority.within(recheck(now, conditions, done.signing, done.sealing), now)}, nil
}

// errNotServed is the lot of a TokenIssuer in a namespace that the operator does not serve.
var errNotServed = errors.New("namespace is not served")

// pass takes both rings a step further, writes the configuration, and runs the issuer.
func (r *Reconciler) pass(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time) outcome {
	var done outcome
	found, err := r.Clients.OfIssuer(ctx, client.ObjectKeyFromObject(ti))
	if err != nil {
		return outcome{err: fmt.Errorf("clients: %w", err)}
	}
	done.clients = registered(found)
	secrets, err := r.providerSecrets(ctx, ti)
	if err != nil {
		return outcome{err: fmt.Errorf("identity providers: %w", err)}
	}
	needs, known := hashing(ti, secrets)
	reports, err := r.reports(ctx, ti)
	if err != nil {
		return outcome{err: fmt.Errorf("reports: %w", err)}
	}
	done.providers = judge(ti, secrets, budget(ti, needs), speaking(now, reports))
	for _, step := range []func() error{
		func() (err error) { done.signing, err = r.signing(ctx, ti, now, reports); return },
		func() (err error) { done.sealing, err = r.ring(ctx, ti, sealingRing(ti), now, reports); return },
		func() (err error) { done.authority, err = r.authority(ctx, ti, now); return },
		func() error { return r.configure(ctx, ti, &done.authority) },
		func() error { return r.forget(ctx, now, reports) },
		func() (err error) { // after what its Pods mount and read
			done.running, err = r.run(ctx, ti, now, workload.Hashing{Memory: needs, Known: known}, &done.authority)
			return
		},
	} {
		err := step()
		if err != nil && refusal(ti, err) == nil {
			done.err = err
			return done
		}
		done.err = also(done.err, err)
	}
	return done
}

// signing takes the ring of the keys that sign a step further, and tells the metrics when the next one is due.
func (r *Reconciler) signing(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time, reports []v1alpha1.IssuerReport) (keys.Step, error) {
	ring := signingRing(ti)
	step, err := r.ring(ctx, ti, ring, now, reports)
	if err == nil {
		countRotation(client.ObjectKeyFromObject(ti), rotationDue(step.Ring, ring.plan))
	}
	return step, err
}

// also is what is wrong after one more step. What no retry can help keeps nothing else from being done, and told.
func also(before, next error) error {
	if before == nil || next == nil {
		return cmp.Or(before, next)
	}
	return fmt.Errorf("%w; %w", before, next)
}

// ring reads one ring, judges by the reports what the replicas have of it, and takes it a step further.
func (r *Reconciler) ring(ctx context.Context, ti *v1alpha1.TokenIssuer, of ring, now time.Time, reports []v1alpha1.IssuerReport) (keys.Step, error) {
	stored, err := keyring.Load(ctx, r.Live, client.ObjectKeyFromObject(ti), of.name)
	if err != nil {
		return keys.Step{}, err
	}
	seen := world(now, reports, func(report v1alpha1.IssuerReportSpec) bool {
		return of.loaded(report) == stored.Ring.Revision
	})
	return r.advance(ctx, stored, of, seen)
}

// forget deletes the reports of replicas that ended without a word.
func (r *Reconciler) forget(ctx context.Context, now time.Time, reports []v1alpha1.IssuerReport) error {
	gone := abandoned(now, reports)
	errs := make([]error, 0, len(gone))
	for _, report := range gone {
		errs = append(errs, client.IgnoreNotFound(r.Delete(ctx, &report, client.Preconditions{
			UID: &report.UID, ResourceVersion: &report.ResourceVersion,
		})))
	}
	return errors.Join(errs...)
}

// reports lists what the replicas of ti say.
func (r *Reconciler) reports(ctx context.Context, ti *v1alpha1.TokenIssuer) ([]v1alpha1.IssuerReport, error) {
	var list v1alpha1.IssuerReportList
	if err := r.List(ctx, &list, client.InNamespace(ti.Namespace)); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.Items, func(report v1alpha1.IssuerReport) bool {
		return report.Spec.IssuerName != ti.Name
	}), nil
}

func registered(clients []*v1alpha1.OAuthClient) int32 {
	var count int32
	for _, oc := range clients {
		if meta.IsStatusConditionTrue(oc.Status.Conditions, v1alpha1.Registered) {
			count++
		}
	}
	return count
}

// refusal is the condition for a failure that no retry can help; nil for any other.
func refusal(ti *v1alpha1.TokenIssuer, err error) *metav1.Condition {
	switch {
	case errors.Is(err, errNotServed):
		return new(condition.False(v1alpha1.Accepted, v1alpha1.ReasonNamespaceNotServed,
			"the operator does not serve TokenIssuers in namespace "+ti.Namespace+": see its flag --issuer-namespaces"))
	case errors.Is(err, keyring.ErrUnreadable):
		return new(condition.False(v1alpha1.KeysReady, v1alpha1.ReasonKeyRingUnreadable,
			err.Error()+": restore it from a backup, or delete it, which ends every token signed under it"))
	case errors.Is(err, keyring.ErrNotOurs), errors.Is(err, errNameTaken):
		return new(condition.False(v1alpha1.KeysReady, v1alpha1.ReasonNameTaken, err.Error()+": remove it"))
	default:
		return nil
	}
}

// conditions are what Ready sums up, but for the identity providers.
func (o *outcome) conditions(ti *v1alpha1.TokenIssuer, now time.Time, refused *metav1.Condition) []metav1.Condition {
	ready := keysReady(o.signing.Ring, policy.SigningAlgorithms(&ti.Spec), now)
	if refused != nil {
		ready = *refused
	}
	parts := []metav1.Condition{ready}
	if ready.Type != v1alpha1.Accepted {
		parts = []metav1.Condition{accepted(ti), ready}
	}
	return append(parts, o.authority.into(o.running.conditions)...)
}

// report writes the whole status once, and not at all if nothing changed.
func (r *Reconciler) report(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time, done outcome, conditions []metav1.Condition) error {
	conditions = append(conditions, warnings(ti)...)
	if told := done.revocation(ti); told != nil {
		conditions = append(conditions, *told)
	}
	next := v1alpha1.TokenIssuerStatus{
		ObservedGeneration: ti.Generation,
		Conditions:         condition.Merge(ti.Status.Conditions, ti.Generation, now, conditions...),
		Keys:               describe(done.signing.Ring, now),
		SealingKeys:        describe(done.sealing.Ring, now),
		NextKeyRotation:    timeOrNil(done.signing.Ring.NextRotation(signingRing(ti).plan, now)),
		NextKeyRemoval:     timeOrNil(done.signing.Ring.NextRemoval()),
		Clients:            &done.clients,
		Replicas:           done.running.replicas,
		AvailableReplicas:  done.running.available,
		Endpoints:          endpoints(ti),
		IdentityProviders:  done.providers,
	}
	if equality.Semantic.DeepEqual(ti.Status, next) {
		return condition.Confirm(ctx, r.Live, ti, new(v1alpha1.TokenIssuer))
	}
	status := oauthac.TokenIssuerStatus()
	if err := condition.Convert(next, status); err != nil {
		return fmt.Errorf("status: %w", err)
	}
	configuration := oauthac.TokenIssuer(ti.Name, ti.Namespace).WithStatus(status)
	if err := r.Status().Apply(ctx, configuration, fieldOwner, client.ForceOwnership); err != nil {
		return client.IgnoreNotFound(err)
	}
	r.announce(ti, next)
	return nil
}

// revocation is KeysRevoked; nil where there is nothing to say of that, or the rings are not known.
func (o *outcome) revocation(ti *v1alpha1.TokenIssuer) *metav1.Condition {
	if o.err != nil {
		return nil
	}
	return revocation(ti, o.signing.Ring, o.sealing.Ring)
}
