package clients

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
)

// Indexes of the cache.
const (
	byIssuer          = "tokenwright.issuer"
	byIssuerNamespace = "tokenwright.issuerNamespace"
	byClientID        = "tokenwright.clientID"
)

// Finder finds OAuthClients. It is safe for concurrent use.
type Finder struct {
	// Cache must have the indexes of Index. What it returns is shared and must not be changed.
	Cache client.Reader
	// DefaultIssuer serves the clients that name no issuer.
	DefaultIssuer types.NamespacedName
}

// Index adds the indexes that a Finder needs.
func (f Finder) Index(ctx context.Context, indexer client.FieldIndexer) error {
	for name, value := range map[string]func(*v1alpha1.OAuthClient) string{
		byIssuer:          func(oc *v1alpha1.OAuthClient) string { return f.IssuerKey(oc).String() },
		byIssuerNamespace: func(oc *v1alpha1.OAuthClient) string { return f.IssuerKey(oc).Namespace },
		byClientID:        policy.ClientID,
	} {
		err := indexer.IndexField(ctx, &v1alpha1.OAuthClient{}, name, func(o client.Object) []string {
			return []string{value(o.(*v1alpha1.OAuthClient))}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// IssuerKey names the TokenIssuer that oc means.
func (f Finder) IssuerKey(oc *v1alpha1.OAuthClient) types.NamespacedName {
	ref := oc.Spec.IssuerRef
	if ref == nil {
		return f.DefaultIssuer
	}
	key := types.NamespacedName{Namespace: ref.Namespace, Name: ref.Name}
	if key.Namespace == "" {
		key.Namespace = oc.Namespace
	}
	return key
}

// Subject is oc as policies see it. It fails if the namespace is not in the cache.
func (f Finder) Subject(ctx context.Context, oc *v1alpha1.OAuthClient) (policy.Subject, error) {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	err := f.Cache.Get(ctx, types.NamespacedName{Name: oc.Namespace}, namespace, client.UnsafeDisableDeepCopy)
	return policy.Subject{
		Namespace: oc.Namespace, Labels: oc.Labels,
		NamespaceLabels: namespace.Labels, IssuerNamespace: f.IssuerKey(oc).Namespace,
	}, err
}

// Subjects is Subject for many clients: it looks each namespace up once.
func (f Finder) Subjects(ctx context.Context, found []*v1alpha1.OAuthClient) ([]policy.Subject, error) {
	labels := map[string]map[string]string{}
	subjects := make([]policy.Subject, 0, len(found))
	for _, oc := range found {
		known, ok := labels[oc.Namespace]
		if !ok {
			subject, err := f.Subject(ctx, oc)
			if err != nil {
				return nil, err
			}
			known = subject.NamespaceLabels
			labels[oc.Namespace] = known
		}
		subjects = append(subjects, policy.Subject{
			Namespace: oc.Namespace, Labels: oc.Labels, NamespaceLabels: known, IssuerNamespace: f.IssuerKey(oc).Namespace,
		})
	}
	return subjects, nil
}

// OfIssuer lists the clients that mean one TokenIssuer.
func (f Finder) OfIssuer(ctx context.Context, issuer types.NamespacedName) ([]*v1alpha1.OAuthClient, error) {
	return f.list(ctx, client.MatchingFields{byIssuer: issuer.String()})
}

// OfIssuerIn lists the clients of one namespace that mean one TokenIssuer.
func (f Finder) OfIssuerIn(ctx context.Context, issuer types.NamespacedName, namespace string) ([]*v1alpha1.OAuthClient, error) {
	return f.list(ctx, client.InNamespace(namespace), client.MatchingFields{byIssuer: issuer.String()})
}

// OfClientID lists the clients that want one client_id: more than one only where there is a conflict.
func (f Finder) OfClientID(ctx context.Context, id string) ([]*v1alpha1.OAuthClient, error) {
	return f.list(ctx, client.MatchingFields{byClientID: id})
}

// InNamespace lists the clients of one namespace.
func (f Finder) InNamespace(ctx context.Context, namespace string) ([]*v1alpha1.OAuthClient, error) {
	return f.list(ctx, client.InNamespace(namespace))
}

// Under lists the clients that policies in namespace may select: those that stand there, and those of its issuers.
func (f Finder) Under(ctx context.Context, namespace string) ([]*v1alpha1.OAuthClient, error) {
	here, err := f.InNamespace(ctx, namespace)
	if err != nil {
		return nil, err
	}
	governed, err := f.list(ctx, client.MatchingFields{byIssuerNamespace: namespace})
	if err != nil {
		return nil, err
	}
	for _, oc := range governed {
		if oc.Namespace != namespace { // else it is listed already
			here = append(here, oc)
		}
	}
	return here, nil
}

func (f Finder) list(ctx context.Context, among ...client.ListOption) ([]*v1alpha1.OAuthClient, error) {
	var list v1alpha1.OAuthClientList
	if err := f.Cache.List(ctx, &list, append(among, client.UnsafeDisableDeepCopy)...); err != nil {
		return nil, err
	}
	out := make([]*v1alpha1.OAuthClient, len(list.Items))
	for i := range list.Items {
		out[i] = &list.Items[i]
	}
	return out, nil
}
