package tokenpolicy

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	oauthac "tokenwright.dev/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"tokenwright.dev/controllers/accepted"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/fairqueue"
	"tokenwright.dev/controllers/rollout"
	"tokenwright.dev/issuer/policy"
)

const fieldOwner = client.FieldOwner("tokenwright-operator")

// countAfter is how long changes of clients are gathered before they are counted, so that a storm of them costs a policy
// few writes.
const countAfter = 3 * time.Second

// Reconciler keeps the status of one TokenPolicy true, and its last accepted version kept.
type Reconciler struct {
	client.Client
	Clock  clock.PassiveClock
	Events events.EventRecorder
	// Clients finds the clients that a policy may select.
	Clients clients.Finder
	// Versions keeps accepted versions.
	Versions accepted.Versions
	// Policies tells which version of a policy is in force.
	Policies *accepted.Book
	// Queue orders what waits; nothing is more urgent than another when nil.
	Queue *fairqueue.Queue
	// Rollout tells which clients follow a policy; all do when nil.
	Rollout *rollout.Tracker
}

// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokenpolicies,verbs=get;list;watch
// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokenpolicies/status,verbs=patch
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;create;update;delete,namespace=tokenwright-system

// Reconcile is level-triggered: it relies on nothing that an earlier pass remembered.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	tp := new(v1alpha1.TokenPolicy)
	err := r.Get(ctx, req.NamespacedName, tp)
	if apierrors.IsNotFound(err) {
		r.Rollout.ForgetPolicy(req.NamespacedName)
		return ctrl.Result{}, r.Versions.Forget(ctx, r.Client, req.NamespacedName)
	}
	if err != nil || !tp.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, err
	}
	change, told := r.Rollout.Latest(tp)
	inForce, refusal, err := r.Policies.Standing(ctx, tp)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("find what is in force: %w", err)
	}
	if refusal == nil {
		if err := r.Versions.Keep(ctx, r.Client, tp); err != nil {
			return ctrl.Result{}, fmt.Errorf("keep accepted version: %w", err)
		}
	}
	reach, err := r.reach(ctx, tp, inForce, change)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("count clients: %w", err)
	}
	if wait := reach.wait(told); wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	return ctrl.Result{RequeueAfter: reach.lookAgain()}, r.report(ctx, tp, refusal, reach)
}

// conditions says what became of the current spec, and of the version in force.
func conditions(refusal *policy.Refusal, remarks []string, reach reach) []metav1.Condition {
	if refusal != nil {
		parts := []metav1.Condition{refused(refusal, remarks)}
		if !reach.none {
			parts = append(parts, reach.condition())
		}
		return condition.Summarize("", nil, parts...)
	}
	accepted := condition.True(v1alpha1.Accepted, v1alpha1.ReasonAccepted, "this version is in force")
	nobody := reach.nobody()
	said := "in force"
	if nobody != "" {
		said += ", and governs nobody: " + nobody
	}
	out := condition.Summarize(strings.Join(append([]string{said}, remarks...), "; "), []string{v1alpha1.ReasonRollingOut}, accepted, reach.condition())
	if nobody != "" && out[0].Status == metav1.ConditionTrue {
		out[0].Reason = v1alpha1.ReasonSelectsNobody // it may be meant for clients to come
	}
	return out
}

// refused tells of all that is wrong with the current spec, so that nobody mends it one mistake at a time.
func refused(refusal *policy.Refusal, remarks []string) metav1.Condition {
	faults := []condition.Fault{{Reason: refusal.Reason, Message: refusal.Message}}
	for _, also := range refusal.Also {
		faults = append(faults, condition.Fault{Reason: also.Reason, Message: also.Message})
	}
	out := condition.Faults(v1alpha1.Accepted, faults...)
	out.Message = strings.Join(append([]string{out.Message, "the last accepted version, if any, stays in force"}, remarks...), "; ")
	return out
}

// report writes the whole status once, and not at all if nothing changed.
func (r *Reconciler) report(ctx context.Context, tp *v1alpha1.TokenPolicy, refusal *policy.Refusal, reach reach) error {
	merged := condition.Merge(tp.Status.Conditions, tp.Generation, r.Clock.Now(), conditions(refusal, policy.Remarks(&tp.Spec), reach)...)
	next := v1alpha1.TokenPolicyStatus{ObservedGeneration: tp.Generation, Conditions: merged, Clients: &reach.clients, ClientsUpToDate: &reach.upToDate}
	if equality.Semantic.DeepEqual(tp.Status, next) {
		return condition.Confirm(ctx, r.Versions.Live, tp, new(v1alpha1.TokenPolicy))
	}
	status := oauthac.TokenPolicyStatus()
	if err := condition.Convert(next, status); err != nil {
		return fmt.Errorf("status: %w", err)
	}
	configuration := oauthac.TokenPolicy(tp.Name, tp.Namespace).WithStatus(status)
	if err := r.Status().Apply(ctx, configuration, fieldOwner, client.ForceOwnership); err != nil {
		return client.IgnoreNotFound(err)
	}
	r.announce(tp, merged)
	return nil
}

// announce tells of a policy that was refused, once for each reason.
func (r *Reconciler) announce(tp *v1alpha1.TokenPolicy, conditions []metav1.Condition) {
	before := meta.FindStatusCondition(tp.Status.Conditions, v1alpha1.Accepted)
	after := meta.FindStatusCondition(conditions, v1alpha1.Accepted)
	if after.Status != metav1.ConditionTrue && (before == nil || before.Reason != after.Reason) {
		r.Events.Eventf(tp, nil, corev1.EventTypeWarning, after.Reason, "Accept", "%s", condition.Note(after.Message))
	}
}
