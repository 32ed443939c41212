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
	// providers says how each identity provider is.
	providers []v1alpha1.IdentityProviderStatus
	// authority is the CA that clients are to believe.
	authority authority
	running   running
	clients   int32
	urls      urls
	// configured says that the configuration of the issuer tells these URLs.
	configured bool
	err        error
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
	if !done.configured {
		done.urls = unchanged(ti)
	}
	conditions := summed(ti, done.conditions(ti, now, refused), done.providers)
	if err := r.report(ctx, ti, now, done, conditions); err != nil {
		return ctrl.Result{}, fmt.Errorf("report: %w", err)
	}
	next := sooner(recheck(now, conditions, done.signing, done.sealing), done.urls.recheck(now))
	return ctrl.Result{RequeueAfter: done.authority.within(next, now)}, nil
}

// errNotServed is the lot of a TokenIssuer in a namespace that the operator does not serve.
var errNotServed = errors.New("namespace is not served")

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
	running := o.authority.into(o.running.conditions)
	if ready.Type == v1alpha1.Accepted {
		return slices.Concat([]metav1.Condition{ready}, running)
	}
	return slices.Concat([]metav1.Condition{accepted(ti), ready}, running)
}

// report writes the whole status once, and not at all if nothing changed.
func (r *Reconciler) report(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time, done outcome, conditions []metav1.Condition) error {
	served := done.urls.as(ti)
	conditions = append(conditions, warnings(served)...)
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
		NextKeyRotation:    timeOrNil(done.signing.Ring.NextRotation(signingRing(ti).plan, now)),
		NextKeyRemoval:     timeOrNil(done.signing.Ring.NextRemoval()),
		Clients:            &done.clients,
		Replicas:           done.running.replicas,
		AvailableReplicas:  done.running.available,
		URL:                done.urls.inForce,
		PendingURL:         done.urls.pending,
		PreviousURLs:       done.urls.previous,
		Endpoints:          endpoints(served),
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
