package controllers

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/tokenissuer"
)

// CacheOptions bounds what the operator watches, and what it keeps of that. In the issuers' namespaces it watches, of
// Secrets, ConfigMaps and what runs issuers, only those that it wrote; elsewhere of Secrets those that carry
// v1alpha1.ClientLabel: of both, in the controllers, only the metadata. Of reports it watches those of the issuers that
// it serves. With watchNamespaces, it watches these and the issuers' namespaces and asks for nothing elsewhere, but for
// Namespaces themselves.
//
// Of each object it keeps what the reconcilers read: whoever makes an object large in any other way costs the operator
// nothing.
func CacheOptions(issuerNamespaces, watchNamespaces []string) cache.Options {
	served := each(issuerNamespaces, cache.Config{})
	var watched map[string]cache.Config // nil is all
	if len(watchNamespaces) > 0 {
		watched = each(slices.Concat(watchNamespaces, issuerNamespaces), cache.Config{})
	}
	kinds := map[client.Object]cache.ByObject{
		&corev1.Secret{}:         {Namespaces: secrets(issuerNamespaces, watchNamespaces)},
		&corev1.Namespace{}:      {Transform: trimmed(trimLabelled)},
		&v1alpha1.OAuthClient{}:  {Transform: trimmed(trimClient)},
		&v1alpha1.TokenPolicy{}:  {Transform: trimmed(trimBare)},
		&v1alpha1.TokenIssuer{}:  {Transform: trimmed(trimBare)},
		&v1alpha1.IssuerReport{}: {Transform: trimmed(trimBare), Namespaces: served},
	}
	for _, kind := range tokenissuer.Owned() {
		kinds[kind] = cache.ByObject{Label: managed(), Namespaces: served, Transform: trimmed(trimOurs)}
	}
	return cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(), DefaultNamespaces: watched, ByObject: kinds, NewInformer: newPagedInformer,
	}
}

// others makes a cache of what the operator keeps of the Secrets in the issuers' namespaces that it did not write: whether
// they have changed. A TokenIssuer may name one. The manager runs it.
func others(mgr ctrl.Manager, issuerNamespaces []string) (cache.Cache, error) {
	strange, err := labels.NewRequirement(v1alpha1.ManagedByLabel, selection.NotEquals, []string{v1alpha1.ManagedByValue})
	if err != nil {
		panic(err) // label and value are constants
	}
	made, err := cache.New(mgr.GetConfig(), cache.Options{
		HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(), NewInformer: newPagedInformer,
		ByObject: map[client.Object]cache.ByObject{&corev1.Secret{}: {Namespaces: each(issuerNamespaces, cache.Config{
			LabelSelector: labels.NewSelector().Add(*strange), Transform: trimmed(trimBare),
		})}},
	})
	if err != nil {
		return nil, err
	}
	return made, mgr.Add(made)
}

// secrets selects the Secrets of each namespace. What stands in the namespace of an issuer says by more than one label
// and annotation what it is; elsewhere one label does, and nothing else that is written there is believed.
func secrets(issuerNamespaces, watchNamespaces []string) map[string]cache.Config {
	labelled, err := labels.NewRequirement(v1alpha1.ClientLabel, selection.Exists, nil)
	if err != nil {
		panic(err) // the label is a constant
	}
	if len(watchNamespaces) == 0 {
		watchNamespaces = []string{cache.AllNamespaces} // all but those that are named as well
	}
	all := each(watchNamespaces, cache.Config{
		LabelSelector: labels.NewSelector().Add(*labelled), Transform: trimmed(trimTenants),
	})
	for _, namespace := range issuerNamespaces {
		all[namespace] = cache.Config{LabelSelector: managed(), Transform: trimmed(trimOurs)}
	}
	return all
}

// managed selects what the operator writes.
func managed() labels.Selector {
	return labels.SelectorFromSet(labels.Set{v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue})
}

func each(namespaces []string, config cache.Config) map[string]cache.Config {
	configs := map[string]cache.Config{}
	for _, namespace := range namespaces {
		configs[namespace] = config
	}
	return configs
}
