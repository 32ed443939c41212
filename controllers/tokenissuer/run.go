package tokenissuer

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/workload"
)

// running is what there is to say of the Pods; nothing of an issuer that runs elsewhere.
type running struct {
	conditions          []metav1.Condition
	replicas, available *int32
}

// run runs ti, or makes sure that it does not run here. Hashing is what its passwords need, ca whom its clients believe.
func (r *Reconciler) run(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time, hashing workload.Hashing, ca *authority) (running, error) {
	if !workload.Managed(ti) {
		return running{}, r.retire(ctx, ti)
	}
	var out running
	certificate, err := r.certificate(ctx, ti)
	if err != nil {
		return out, fmt.Errorf("certificate: %w", err)
	}
	if !workload.Plain(ti) {
		out.conditions = append(out.conditions, workload.Certificate(ti, certificate, now))
	}
	live, err := r.deploy(ctx, ti, hashing)
	refused := rejected(err)
	if err != nil && refused == nil {
		return out, err
	}
	out.count(live)
	out.conditions = append(out.conditions, state(live, refused), r.heard(ctx, ti, live, ca.beside(certificate)))
	return out, nil
}

// certificate reads, live, the Secret with the certificate of ti; nil if there is none.
func (r *Reconciler) certificate(ctx context.Context, ti *v1alpha1.TokenIssuer) (*corev1.Secret, error) {
	if workload.Plain(ti) {
		return nil, nil
	}
	secret := new(corev1.Secret)
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: ti.Namespace, Name: workload.SecretName(ti)}, secret)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return secret, err
}

func (o *running) count(live *appsv1.Deployment) {
	if live == nil || live.Spec.Replicas == nil {
		o.replicas, o.available = new(int32), new(int32)
		return
	}
	o.replicas, o.available = live.Spec.Replicas, new(live.Status.AvailableReplicas)
}

// state is DeploymentReady.
func state(live *appsv1.Deployment, refused *metav1.Condition) metav1.Condition {
	if refused != nil {
		return *refused
	}
	return deployed(live)
}

// heard is Answering. Without a Pod that serves there is nobody to ask.
func (r *Reconciler) heard(ctx context.Context, ti *v1alpha1.TokenIssuer, live *appsv1.Deployment, certificate *corev1.Secret) metav1.Condition {
	if live == nil || live.Status.AvailableReplicas == 0 {
		return condition.False(v1alpha1.Answering, v1alpha1.ReasonNotAnswering, "no Pod serves yet")
	}
	return r.answering(ctx, ti, certificate)
}
