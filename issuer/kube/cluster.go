package kube

import (
	"fmt"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"

	"tokenwright.dev/api/v1alpha1"
)

// Cluster is one issuer's connection to the API server. It is safe for concurrent use.
type Cluster struct {
	namespace, name string
	core, oauth     rest.Interface
}

// Connect prepares the connection for the TokenIssuer name in namespace. It sends nothing yet, so it succeeds while the
// API server is away.
func Connect(config *rest.Config, namespace, name string) (*Cluster, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("prepare the scheme: %w", err)
		}
	}
	config = rest.CopyConfig(config)
	config.QPS = -1 // the registry has budgets of its own for live reads, and a watch must never wait
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	transport, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection to the API server: %w", err)
	}
	c := &Cluster{namespace: namespace, name: name}
	if c.core, err = restClient(config, transport, corev1.SchemeGroupVersion, "/api", runtime.ContentTypeProtobuf); err != nil {
		return nil, err
	}
	if c.oauth, err = restClient(config, transport, v1alpha1.GroupVersion, "/apis", runtime.ContentTypeJSON); err != nil {
		return nil, err
	}
	return c, nil
}

func restClient(config *rest.Config, transport *http.Client, group schema.GroupVersion, path, media string) (rest.Interface, error) {
	config = rest.CopyConfig(config)
	config.GroupVersion, config.APIPath = &group, path
	config.ContentType = media
	config.AcceptContentTypes = media + "," + runtime.ContentTypeJSON
	client, err := rest.RESTClientForConfigAndClient(config, transport)
	if err != nil {
		return nil, fmt.Errorf("prepare the client of %s: %w", group, err)
	}
	return client, nil
}
