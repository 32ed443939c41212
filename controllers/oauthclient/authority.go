package oauthclient

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/fairqueue"
	"tokenwright.dev/issuer/registration"
)

// authority is the private CA that a client is to believe of its issuer.
type authority struct {
	// named says that the TokenIssuer names one.
	named bool
	// digest tells its certificates from others; empty while none could be had.
	digest string
	// bundle holds them in PEM; nil where they are not known, or stand in the client's Secret already.
	bundle []byte
}

// into puts the certificates into a Secret, or takes out what the operator put there once. Those that are not known leave
// what is there, and so does an issuer without a CA: that may be somebody else's.
func (a authority) into(secret *corev1.Secret) {
	switch written := secret.Annotations[v1alpha1.CADigestAnnotation]; {
	case a.named && a.bundle != nil:
		secret.Data[keyCA] = a.bundle
		metav1.SetMetaDataAnnotation(&secret.ObjectMeta, v1alpha1.CADigestAnnotation, a.digest)
	case a.named || written == "":
	default:
		if digestOf(secret.Data[keyCA]) == written {
			delete(secret.Data, keyCA)
		}
		delete(secret.Annotations, v1alpha1.CADigestAnnotation)
	}
}

// heldBy tells whether a Secret has these certificates, and says so.
func (a authority) heldBy(secret *corev1.Secret) bool {
	return secret != nil && secret.Annotations[v1alpha1.CADigestAnnotation] == a.digest && digestOf(secret.Data[keyCA]) == a.digest
}

func digestOf(bundle []byte) string {
	sum := sha256.Sum256(bundle)
	return hex.EncodeToString(sum[:])
}

// authorityOf reads from the cache which certificates the clients of an issuer are to have. The reconciler of TokenIssuers
// keeps them in the issuer's ConfigMap.
func (r *Reconciler) authorityOf(ctx context.Context, ti *v1alpha1.TokenIssuer) (authority, error) {
	if ti.Spec.TLS == nil || ti.Spec.TLS.CASecretRef == nil {
		return authority{}, nil
	}
	configuration := &metav1.PartialObjectMetadata{}
	configuration.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	key := client.ObjectKey{Namespace: ti.Namespace, Name: registration.ServiceName(ti.Name)}
	err := client.IgnoreNotFound(r.Get(ctx, key, configuration))
	return authority{named: true, digest: configuration.Annotations[v1alpha1.CADigestAnnotation]}, err
}

// observeAuthority completes what was surveyed with the certificates, if the client's Secret does not have them yet.
func (r *Reconciler) observeAuthority(ctx context.Context, seen *observation) error {
	if seen.ca.digest == "" || seen.ca.heldBy(seen.credentials) {
		return nil
	}
	var err error
	seen.ca, err = r.bundles.of(ctx, r.Live, seen.issuerKey, seen.ca)
	if err != nil {
		return fmt.Errorf("certificates of the issuer's CA: %w", err)
	}
	return nil
}

// bundles remembers the certificates of each issuer that were read last, since all its clients get the same: a change of
// them is read once. It is safe for concurrent use.
type bundles struct {
	mu   sync.Mutex
	last map[types.NamespacedName]authority
}

// of is want with its certificates. If others stand there by now, it is those.
func (b *bundles) of(ctx context.Context, live client.Reader, issuer types.NamespacedName, want authority) (authority, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if last, ok := b.last[issuer]; ok && last.digest == want.digest {
		return last, nil
	}
	configuration := new(corev1.ConfigMap)
	key := client.ObjectKey{Namespace: issuer.Namespace, Name: registration.ServiceName(issuer.Name)}
	if err := live.Get(ctx, key, configuration); err != nil {
		return want, client.IgnoreNotFound(err)
	}
	bundle := []byte(configuration.Data[keyCA])
	if len(bundle) == 0 || digestOf(bundle) != configuration.Annotations[v1alpha1.CADigestAnnotation] {
		return want, nil // somebody changed it, and the reconciler of TokenIssuers will say what is right
	}
	if b.last == nil {
		b.last = map[types.NamespacedName]authority{}
	}
	b.last[issuer] = authority{named: true, digest: digestOf(bundle), bundle: bundle}
	return b.last[issuer], nil
}

// onConfiguration wakes the clients of an issuer when their CA has other certificates.
func (r *Reconciler) onConfiguration() handler.EventHandler {
	wake := func(ctx context.Context, q queue, object client.Object) {
		r.wake(ctx, q, fairqueue.Ordinary)(r.Clients.OfIssuer(ctx, issuerOf(object)))
	}
	digest := func(object client.Object) string { return object.GetAnnotations()[v1alpha1.CADigestAnnotation] }
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) {
			if !e.IsInInitialList && digest(e.Object) != "" {
				wake(ctx, q, e.Object)
			}
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			if now := digest(e.ObjectNew); now != "" && now != digest(e.ObjectOld) {
				wake(ctx, q, e.ObjectNew)
			}
		},
	}
}
