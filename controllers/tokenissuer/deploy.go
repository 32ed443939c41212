package tokenissuer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/workload"
)

// The rights to run issuers end at their namespaces. What an issuer may do the operator may hand on, no more.
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=get;list;watch;create;patch;delete,namespace=tokenwright-system
// +kubebuilder:rbac:groups="",resources=serviceaccounts;services,verbs=get;list;watch;create;patch;delete,namespace=tokenwright-system
// +kubebuilder:rbac:groups=policy,resources=poddisruptionbudgets,verbs=get;list;watch;create;patch;delete,namespace=tokenwright-system
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies;ingresses,verbs=get;list;watch;create;patch;delete,namespace=tokenwright-system
// +kubebuilder:rbac:groups=autoscaling,resources=horizontalpodautoscalers,verbs=get;list;watch;create;patch;delete,namespace=tokenwright-system
// +kubebuilder:rbac:groups=gateway.networking.k8s.io,resources=httproutes,verbs=get;create;patch;delete,namespace=tokenwright-system
// +kubebuilder:rbac:groups=rbac.authorization.k8s.io,resources=rolebindings,verbs=get;list;watch;create;patch;delete,namespace=tokenwright-system
// +kubebuilder:rbac:groups=rbac.authorization.k8s.io,resources=clusterroles,verbs=bind,resourceNames=tokenwright-issuer,namespace=tokenwright-system

// deploy brings what runs ti to what it should be, and returns its Deployment as it is then. What cannot be made of it
// leaves the Deployment as it is; a route that cannot be made leaves the rest.
func (r *Reconciler) deploy(ctx context.Context, ti *v1alpha1.TokenIssuer, hashing workload.Hashing) (*appsv1.Deployment, error) {
	var account types.UID
	for _, object := range workload.Around(ti) {
		if err := r.keep(ctx, ti, object); err != nil {
			return nil, err
		}
		if made, ok := object.Live.(*corev1.ServiceAccount); ok {
			account = made.UID
		}
	}
	live := new(appsv1.Deployment)
	if err := r.look(ctx, workload.Deployment(ti, live, nil)); err != nil {
		return nil, err
	}
	template, err := workload.Template(ti, r.Image, account, hashing.Beside(live))
	if err != nil {
		return live, err
	}
	if r.Image.Name == "" && !named(ti) {
		return live, errNoImage
	}
	if err := r.keep(ctx, ti, workload.Deployment(ti, live, template)); err != nil {
		return live, err
	}
	return live, r.route(ctx, ti)
}

// errNoImage is returned where neither the TokenIssuer nor the operator says which image to run.
var errNoImage = errors.New("no image is known: set spec.deployment.image, or the operator's flag --issuer-image")

func named(ti *v1alpha1.TokenIssuer) bool {
	return ti.Spec.Deployment != nil && ti.Spec.Deployment.Image != ""
}

// retire removes what ran ti, the Deployment last, so that a crash in between is noticed.
func (r *Reconciler) retire(ctx context.Context, ti *v1alpha1.TokenIssuer) error {
	deployment := workload.Deployment(ti, new(appsv1.Deployment), nil)
	deployment.Want = nil
	if err := r.look(ctx, deployment); err != nil || !metav1.IsControlledBy(deployment.Live, ti) {
		return err
	}
	if err := r.route(ctx, ti); err != nil { // admission lets nobody ask for one whose issuer runs elsewhere
		return err
	}
	for _, object := range append(workload.Around(ti), deployment) {
		object.Want = nil
		if err := r.keep(ctx, ti, object); err != nil {
			return err
		}
	}
	return nil
}

// look reads an object into its Live; one that is not there stays empty but for its name.
func (r *Reconciler) look(ctx context.Context, object workload.Object) error {
	return client.IgnoreNotFound(r.Live.Get(ctx, client.ObjectKeyFromObject(object.Live), object.Live))
}

// keep applies an object, if anything of it is not as it should be, or removes it. What we have applied and what we would
// apply are compared as the API server remembers it, so whoever changes a field of ours is noticed and overruled, and
// fields of others are left alone.
func (r *Reconciler) keep(ctx context.Context, ti *v1alpha1.TokenIssuer, object workload.Object) error {
	if err := r.look(ctx, object); err != nil {
		return fmt.Errorf("%T: %w", object.Live, err)
	}
	return r.act(ctx, ti, object.Live, object.Want, func() (bool, error) { return held(object) })
}

// act makes live what it should be; a want of nil means that it should not be there. An object that is not ti's is not
// touched, and of one that is going already the end is waited for.
func (r *Reconciler) act(
	ctx context.Context, ti *v1alpha1.TokenIssuer, live client.Object, want runtime.ApplyConfiguration, same func() (bool, error),
) error {
	exists, ours := live.GetUID() != "", metav1.IsControlledBy(live, ti)
	switch {
	case want == nil && !ours, exists && !live.GetDeletionTimestamp().IsZero():
		return nil
	case want == nil:
		return r.discard(ctx, live)
	case exists && !ours:
		return fmt.Errorf("%w: %s", errTaken, nameOf(live))
	case exists:
		if right, err := same(); err != nil || right {
			return err
		}
	}
	return r.put(ctx, live, want)
}

// put applies want, and reads what became of it.
func (r *Reconciler) put(ctx context.Context, live client.Object, want runtime.ApplyConfiguration) error {
	if err := r.Apply(ctx, want, fieldOwner, client.ForceOwnership); err != nil {
		return refusedBy(err, live)
	}
	return r.Live.Get(ctx, client.ObjectKeyFromObject(live), live)
}

func (r *Reconciler) discard(ctx context.Context, live client.Object) error {
	return client.IgnoreNotFound(r.Delete(ctx, live, client.Preconditions{UID: new(live.GetUID())}))
}

// held tells whether all that we would apply is applied already, and nothing else.
func held(object workload.Object) (bool, error) {
	applied, err := object.Held(string(fieldOwner))
	if err != nil {
		return false, fmt.Errorf("%T: %w", object.Live, err)
	}
	before, err := json.Marshal(applied)
	if err != nil {
		return false, err
	}
	after, err := json.Marshal(object.Want)
	return bytes.Equal(before, after), err
}

var (
	// errTaken is returned for an object that has the name of one of ours and is another's.
	errTaken = errors.New("an object with the issuer's name exists and is not ours")
	// errRefused is returned for what the API server refuses for good.
	errRefused = errors.New("the API server refuses")
)

// refusedBy tells what will be refused again from what will not.
func refusedBy(err error, object client.Object) error {
	if apierrors.IsInvalid(err) || apierrors.IsForbidden(err) {
		return fmt.Errorf("%w %s: %w", errRefused, nameOf(object), err)
	}
	return fmt.Errorf("apply %s: %w", nameOf(object), err)
}
