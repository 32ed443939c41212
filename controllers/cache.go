package controllers

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
)

// CacheOptions bounds what the operator watches: of Secrets and ConfigMaps only those that it wrote (and of them, in the
// controllers, only the metadata), of reports only those of the issuers that it serves.
func CacheOptions(issuerNamespaces []string) cache.Options {
	served := map[string]cache.Config{}
	for _, namespace := range issuerNamespaces {
		served[namespace] = cache.Config{}
	}
	managed := labels.SelectorFromSet(labels.Set{v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue})
	return cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Secret{}:         {Label: managed},
			&corev1.ConfigMap{}:      {Label: managed, Namespaces: served},
			&v1alpha1.IssuerReport{}: {Namespaces: served},
		},
	}
}
