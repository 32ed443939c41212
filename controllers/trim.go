package controllers

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/clients"
)

// maxAnnotation bounds an annotation of ours in the cache, in bytes. The longest that the operator writes is the name
// of an object with its namespace.
const maxAnnotation = 512

// trimmed makes a transform of the cache: what is trimmed off an object is dropped before the object is kept, one
// object after the other as they arrive. A trim writes nothing to what it has trimmed already, since others may read
// that by then.
func trimmed(trim func(metav1.Object)) toolscache.TransformFunc {
	return func(in any) (any, error) {
		if object, err := meta.Accessor(in); err == nil {
			trim(object)
		}
		return in, nil
	}
}

func trimClient(object metav1.Object) {
	if oc, ok := object.(*v1alpha1.OAuthClient); ok {
		clients.Trim(oc)
	}
}

// trimTenants leaves of a Secret that anybody may have written its names, its versions and whose it says it is.
func trimTenants(secret metav1.Object) {
	keep(secret.GetLabels(), secret.SetLabels, v1alpha1.ClientLabel)
	keep(secret.GetAnnotations(), secret.SetAnnotations)
	trimOwners(secret, false)
	trimRest(secret)
}

// trimOurs leaves of an object in the namespace of an issuer what the operator wrote into its metadata.
func trimOurs(object metav1.Object) {
	keep(object.GetLabels(), object.SetLabels, v1alpha1.ClientLabel, v1alpha1.IssuerLabel, v1alpha1.PolicyLabel)
	keep(object.GetAnnotations(), object.SetAnnotations,
		v1alpha1.OwnerAnnotation, v1alpha1.OwnerUIDAnnotation, v1alpha1.ClientIDAnnotation, v1alpha1.LongestLifetimeAnnotation,
		v1alpha1.CADigestAnnotation)
	trimOwners(object, true)
	trimRest(object)
}

// trimLabelled leaves of an object's metadata its labels, which selectors read, and its names and versions.
func trimLabelled(object metav1.Object) {
	keep(object.GetAnnotations(), object.SetAnnotations)
	trimOwners(object, false)
	trimRest(object)
}

// trimBare leaves of an object's metadata its names and versions.
func trimBare(object metav1.Object) {
	keep(object.GetLabels(), object.SetLabels)
	trimLabelled(object)
}

// keep leaves of all the entries with these keys, unless one is longer than any of ours. What is left is a map of its
// own: one of which much was deleted would keep its room.
func keep(all map[string]string, set func(map[string]string), keys ...string) {
	var kept map[string]string
	for _, key := range keys {
		value, ok := all[key]
		if !ok || len(value) > maxAnnotation {
			continue
		}
		if kept == nil {
			kept = make(map[string]string, len(keys))
		}
		kept[key] = value
	}
	if len(kept) < len(all) {
		set(kept)
	}
}

// trimOwners leaves the controller among the owners, or none of them.
func trimOwners(object metav1.Object, controller bool) {
	owners := object.GetOwnerReferences()
	var kept []metav1.OwnerReference
	if owner := metav1.GetControllerOf(object); controller && owner != nil {
		kept = []metav1.OwnerReference{*owner}
	}
	if len(kept) < len(owners) {
		object.SetOwnerReferences(kept)
	}
}

func trimRest(object metav1.Object) {
	if object.GetManagedFields() != nil {
		object.SetManagedFields(nil)
	}
	if object.GetFinalizers() != nil {
		object.SetFinalizers(nil)
	}
}
