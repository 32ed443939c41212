package oauthclient

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	oauthac "tokenwright.dev/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

// fieldOwner is who owns the status fields that the operator applies.
const fieldOwner = client.FieldOwner("tokenwright-operator")

// report writes the whole status once, and not at all if nothing changed.
func (r *Reconciler) report(ctx context.Context, oc *v1alpha1.OAuthClient, p pass) error {
	status := p.want.status
	if p.was.err() != nil {
		status.Binding = oc.Status.Binding // the Secret that was last written
	}
	status.Conditions = condition.Merge(oc.Status.Conditions, oc.Generation, r.Clock.Now(), p.want.conditions(p.was)...)
	if equality.Semantic.DeepEqual(oc.Status, status) {
		return condition.Confirm(ctx, r.Live, oc, new(v1alpha1.OAuthClient))
	}
	configuration := oauthac.OAuthClient(oc.Name, oc.Namespace).WithStatus(oauthac.OAuthClientStatus())
	if err := condition.Convert(status, configuration.Status); err != nil {
		return fmt.Errorf("status: %w", err)
	}
	if err := r.Status().Apply(ctx, configuration, fieldOwner, client.ForceOwnership); err != nil {
		return client.IgnoreNotFound(err)
	}
	r.announce(oc, status.Conditions, p)
	return nil
}

// announce tells, in Events, what changed and matters: a client that stopped or resumed being ready, a credential that
// was replaced. A client that becomes ready at once needs no Event.
func (r *Reconciler) announce(oc *v1alpha1.OAuthClient, conditions []metav1.Condition, p pass) {
	before := meta.FindStatusCondition(oc.Status.Conditions, v1alpha1.Ready)
	after := meta.FindStatusCondition(conditions, v1alpha1.Ready)
	switch {
	case after.Status != metav1.ConditionTrue && (before == nil || before.Reason != after.Reason):
		r.Events.Eventf(oc, nil, corev1.EventTypeWarning, after.Reason, "Reconcile", "%s", condition.Note(after.Message))
	case after.Status == metav1.ConditionTrue && before != nil && before.Status != metav1.ConditionTrue:
		r.Events.Eventf(oc, nil, corev1.EventTypeNormal, after.Reason, "Reconcile", "%s", condition.Note(after.Message))
	}
	if p.was.err() == nil { // else what stands in the Secret is told by the pass that puts it there
		r.announceCredentials(oc, p)
	}
}

func (r *Reconciler) announceCredentials(oc *v1alpha1.OAuthClient, p pass) {
	switch former, moved := movedFrom(oc, p.want); {
	case moved:
		r.Events.Eventf(oc, nil, corev1.EventTypeNormal, "SecretMoved", "Reconcile", "%s", moving(former, oc, p))
	case p.want.replaced && p.want.rotation.due:
		r.Events.Eventf(oc, nil, corev1.EventTypeNormal, "CredentialRotated", "Reconcile",
			"rotateID is %s now: Secret %s has a new client secret, and the former one %s", p.want.rotation.id, secretKey(oc).Name, p.formerly())
	case p.want.replaced:
		r.Events.Eventf(oc, nil, corev1.EventTypeNormal, "CredentialReplaced", "Reconcile",
			"the Secret did not hold the registered credential: it has a new one, and the former one %s", p.formerly())
	}
}

// formerly says what a client secret that was replaced in this pass is still good for.
func (p *pass) formerly() string {
	if p.want.rotation.overlap == 0 {
		return "is no longer accepted"
	}
	return "is accepted until " + p.seen.now.Add(p.want.rotation.overlap).Format(time.RFC3339)
}

// movedFrom is the Secret that the client read before, if it is another one now.
func movedFrom(oc *v1alpha1.OAuthClient, want desired) (former string, moved bool) {
	if oc.Status.Binding == nil || want.status.Binding == nil || oc.Status.Binding.Name == want.status.Binding.Name {
		return "", false
	}
	return oc.Status.Binding.Name, true
}

// moving says which Secret holds the credentials now, and what the former one is still good for.
func moving(former string, oc *v1alpha1.OAuthClient, p pass) string {
	until := "stays as it is"
	if p.want.replaced {
		until = "holds a client secret that " + p.formerly()
	}
	return fmt.Sprintf("the credentials are in Secret %s now; Secret %s %s: delete it when nothing reads it any more",
		secretKey(oc).Name, former, until)
}
