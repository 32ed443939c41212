package tokenissuer

import (
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
	// DialOutside reaches the hosts of new URLs; a net.Dialer when nil.
	DialOutside Dial
}

// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokenissuers,verbs=get;list;watch
// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokenissuers/status,verbs=patch
// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=issuerreports,verbs=list;watch;delete,namespace=tokenwright-system
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch;create;update,namespace=tokenwright-system
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;create;update,namespace=tokenwright-system

// outcome is what one pass came to.
type outcome struct {
	signing, sealing keys.Step
	// providers is the condition of the identity providers; nil without any.
	providers *metav1.Condition
	running   running
	clients   int32
	urls      urls
	err       error
}

// Reconcile is level-triggered: it relies on nothing that an earlier pass remembered.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	ti := new(v1alpha1.TokenIssuer)
	if err := r.Get(ctx, req.NamespacedName, ti); err != nil {
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
	if refused != nil {
		done.urls = unchanged(ti)
	}
	parts := done.conditions(ti, now, refused)
	if err := r.report(ctx, ti, now, done, parts); err != nil {
		return ctrl.Result{}, fmt.Errorf("report: %w", err)
	}
	return ctrl.Result{RequeueAfter: sooner(recheck(now, parts, done.signing, done.sealing), done.urls.recheck(now))}, nil
}

// errNotServed is the lot of a TokenIssuer in a namespace that the operator does not serve.
var errNotServed = errors.New("namespace is not served")

// pass takes both rings a step further, writes the configuration, and runs the issuer.
func (r *Reconciler) pass(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time) outcome {
	var done outcome
	if done.urls, done.err = r.urls(ctx, ti, now); done.err != nil {
		return done
	}
	ti = done.urls.as(ti)
	found, err := r.Clients.OfIssuer(ctx, client.ObjectKeyFromObject(ti))
	if err != nil {
		return outcome{urls: done.urls, err: fmt.Errorf("clients: %w", err)}
	}
	done.clients = registered(found)
	secrets, err := r.providerSecrets(ctx, ti)
	if err != nil {
		return outcome{err: fmt.Errorf("identity providers: %w", err)}
	}
	needs, known := hashing(ti, secrets)
	done.providers = providersReady(ti, secrets, budget(ti, needs))
	reports, err := r.reports(ctx, ti)
	if err != nil {
		return outcome{err: fmt.Errorf("reports: %w", err)}
	}
	if done.signing, done.err = r.ring(ctx, ti, signingRing(ti), now, reports); done.err != nil {
		return done
	}
	if done.sealing, done.err = r.ring(ctx, ti, sealingRing(ti), now, reports); done.err != nil {
		return done
	}
	if done.err = errors.Join(r.configure(ctx, ti, done.sealing.Ring.SealedUnder), r.forget(ctx, now, reports)); done.err != nil {
		return done
	}
	done.running, done.err = r.run(ctx, ti, now, workload.Hashing{Memory: needs, Known: known}) // after what its Pods mount and read
	return done
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

// conditions are what Ready sums up.
func (o *outcome) conditions(ti *v1alpha1.TokenIssuer, now time.Time, refused *metav1.Condition) []metav1.Condition {
	ready := keysReady(o.signing.Ring, policy.SigningAlgorithms(&ti.Spec), now)
	if refused != nil {
		ready = *refused
	}
	parts := []metav1.Condition{ready}
	if ready.Type != v1alpha1.Accepted {
		parts = []metav1.Condition{accepted(ti), ready}
	}
	if o.providers != nil {
		parts = append(parts, *o.providers)
	}
	return append(parts, o.running.conditions...)
}

// transient are the reasons of conditions that pass by themselves.
var transient = []string{v1alpha1.ReasonKeysPending, v1alpha1.ReasonProgressing, v1alpha1.ReasonNotAnswering}

// report writes the whole status once, and not at all if nothing changed.
func (r *Reconciler) report(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time, done outcome, parts []metav1.Condition) error {
	served := done.urls.as(ti)
	conditions := append(condition.Summarize(summary(ti), transient, parts...), warnings(served)...)
	if done.urls.lacking != nil {
		conditions = append(conditions, *done.urls.lacking)
	}
	if told := done.revocation(ti); told != nil {
		conditions = append(conditions, *told)
	}
	next := v1alpha1.TokenIssuerStatus{
		ObservedGeneration: ti.Generation,
		Conditions:         condition.Merge(ti.Status.Conditions, ti.Generation, now, conditions...),
		Keys:               describe(done.signing.Ring, now),
		SealingKeys:        describe(done.sealing.Ring, now),
		Clients:            &done.clients,
		Replicas:           done.running.replicas,
		AvailableReplicas:  done.running.available,
		URL:                done.urls.inForce,
		PendingURL:         done.urls.pending,
		PreviousURLs:       done.urls.previous,
		Endpoints:          endpoints(served),
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
