package tokenissuer

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/keyring"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

// errNameTaken is returned for a ConfigMap that has the issuer's name and is not ours.
var errNameTaken = errors.New("a ConfigMap of this name exists and is not ours")

// advance takes one ring a step further and writes it if that changed anything. The step that it returns holds the ring
// as it is now. The ring remembers what lives longer before the issuer is told to make it.
func (r *Reconciler) advance(ctx context.Context, stored keyring.Stored, of ring, world keys.World) (keys.Step, error) {
	remembering, raised := keys.RaiseLongest(stored.Ring, of.longest)
	remembering, named := keys.SealUnder(remembering, of.sealedUnder)
	step := keys.Advance(remembering, of.plan, world)
	var fresh []keys.Key
	for _, algorithm := range step.Generate {
		key, err := keys.Generate(algorithm, world.Late)
		if err != nil {
			return step, err
		}
		fresh = append(fresh, key)
	}
	if !step.Changed && !raised && !named && len(fresh) == 0 {
		return step, nil
	}
	step.Ring = keys.Add(step.Ring, fresh, world)
	if err := stored.Save(ctx, r.Client, step.Ring); err != nil {
		return step, fmt.Errorf("write key ring %s: %w", stored.Key, err)
	}
	return step, nil
}

// configure writes the issuer's ConfigMap, if it is not right already. Sealed is the URL that the keys of sealed values follow
// from; empty for its own.
func (r *Reconciler) configure(ctx context.Context, ti *v1alpha1.TokenIssuer, sealed string, ca *authority) error {
	seen := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: ti.Namespace, Name: registration.ServiceName(ti.Name),
	}}
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(seen), seen)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	exists := !apierrors.IsNotFound(err)
	if exists && seen.Labels[v1alpha1.IssuerLabel] != ti.Name {
		return fmt.Errorf("%w: %s", errNameTaken, seen.Name)
	}
	next, err := configMap(ti, sealed, seen, ca)
	switch {
	case err != nil:
		return err
	case !exists:
		return r.Create(ctx, next)
	case equality.Semantic.DeepEqual(seen, next):
		return nil
	default:
		return r.Update(ctx, next)
	}
}

// configMap is the ConfigMap as it should be, made from the one that was seen.
func configMap(ti *v1alpha1.TokenIssuer, sealed string, seen *corev1.ConfigMap, ca *authority) (*corev1.ConfigMap, error) {
	config := configuration(ti)
	if sealed != ti.Spec.URL {
		config.SealedUnder = sealed
	}
	data, err := registration.EncodeConfig(config)
	if err != nil {
		return nil, fmt.Errorf("encode configuration: %w", err)
	}
	next := seen.DeepCopy()
	metav1.SetMetaDataLabel(&next.ObjectMeta, v1alpha1.IssuerLabel, ti.Name)
	metav1.SetMetaDataLabel(&next.ObjectMeta, v1alpha1.ManagedByLabel, v1alpha1.ManagedByValue)
	reference := metav1.NewControllerRef(ti, v1alpha1.GroupVersion.WithKind("TokenIssuer"))
	reference.BlockOwnerDeletion = nil
	next.OwnerReferences = []metav1.OwnerReference{*reference}
	next.Data = map[string]string{registration.ConfigDataKey: string(data)}
	ca.publish(next, seen)
	return next, nil
}
