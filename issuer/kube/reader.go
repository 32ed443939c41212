package kube

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

var _ registry.Reader = (*Cluster)(nil)

// +kubebuilder:rbac:groups="",resources=secrets,verbs=get

// Read reads the registration of one client from the API server. Without a Client there is none that can be read; the
// watch will tell the same, and the log then says why.
func (c *Cluster) Read(ctx context.Context, clientID string) (registry.Update, error) {
	name := registration.SecretName(c.name, clientID)
	var secret corev1.Secret
	err := c.core.Get().Namespace(c.namespace).Resource(secrets).Name(name).MaxRetries(0).Do(ctx).Into(&secret)
	if apierrors.IsNotFound(err) {
		return registry.Update{Name: name}, nil
	}
	if err != nil {
		return registry.Update{}, err
	}
	if secret.Labels[v1alpha1.IssuerLabel] != c.name {
		return registry.Update{Name: name}, nil // what the watch does not see, a live read does not either
	}
	compiled, err := c.compile(&secret)
	if err != nil {
		return registry.Update{Name: name}, nil //nolint:nilerr // see above
	}
	return compiled.update, nil
}
