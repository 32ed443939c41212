package controllers

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/tokenissuer"
)

// CacheOptions bounds what the operator watches: of Secrets, ConfigMaps and what runs issuers only those that it wrote (and
// of them, in the controllers, only the metadata), of reports only those of the issuers that it serves. With watchNamespaces, it watches
// these and the issuers' namespaces and asks for nothing elsewhere, but for Namespaces themselves.
func CacheOptions(issuerNamespaces, watchNamespaces []string) cache.Options {
	served := each(issuerNamespaces)
	var watched map[string]cache.Config // nil is all
	if len(watchNamespaces) > 0 {
		watched = each(watchNamespaces)
		maps.Copy(watched, served)
	}
	managed := labels.SelectorFromSet(labels.Set{v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue})
	kinds := map[client.Object]cache.ByObject{
		&corev1.Secret{}:         {Label: managed},
		&v1alpha1.IssuerReport{}: {Namespaces: served},
	}
	for _, kind := range tokenissuer.Owned() {
		kinds[kind] = cache.ByObject{Label: managed, Namespaces: served}
	}
	return cache.Options{DefaultTransform: cache.TransformStripManagedFields(), DefaultNamespaces: watched, ByObject: kinds}
}

func each(namespaces []string) map[string]cache.Config {
	configs := map[string]cache.Config{}
	for _, namespace := range namespaces {
		configs[namespace] = cache.Config{}
	}
	return configs
}
