package clients

import (
	"slices"

	"tokenwright.dev/api/v1alpha1"
)

// What the cache keeps at most of what the author of an OAuthClient may make as large as an object can be.
const (
	// MaxLabelBytes bounds the keys and values of all its labels together.
	MaxLabelBytes = 4 << 10
	// maxFinalizerBytes bounds the names of all its finalizers together.
	maxFinalizerBytes = 1 << 10
)

// leftOut stands, in the cache, for labels or finalizers that are more than it keeps. It can be the name of neither, so
// nobody writes it, and no selector names it.
const leftOut = "more than the cache keeps"

// Trim takes off oc, before it is cached, what no reconciler reads. Labels are kept or left out together: without some
// of them, a policy that restricts the client might seem not to select it. To what it has trimmed it writes nothing.
func Trim(oc *v1alpha1.OAuthClient) {
	if oc.ManagedFields != nil || oc.Annotations != nil || oc.OwnerReferences != nil {
		oc.ManagedFields, oc.Annotations, oc.OwnerReferences = nil, nil, nil
	}
	size := 0
	for key, value := range oc.Labels {
		size += len(key) + len(value)
	}
	if size > MaxLabelBytes {
		oc.Labels = map[string]string{leftOut: ""}
	}
	size = 0
	for _, name := range oc.Finalizers {
		size += len(name)
	}
	if size > maxFinalizerBytes {
		ours := slices.Contains(oc.Finalizers, v1alpha1.Finalizer)
		oc.Finalizers = []string{leftOut}
		if ours {
			oc.Finalizers = append(oc.Finalizers, v1alpha1.Finalizer)
		}
	}
}

// LabelsLeftOut tells whether oc has more labels than the cache keeps, so that nobody can say which policies select it.
func LabelsLeftOut(oc *v1alpha1.OAuthClient) bool {
	_, marked := oc.Labels[leftOut]
	return marked
}

// FinalizersLeftOut tells whether oc has more finalizers than the cache keeps: to write any, they must be read live
// first.
func FinalizersLeftOut(oc *v1alpha1.OAuthClient) bool { return slices.Contains(oc.Finalizers, leftOut) }
