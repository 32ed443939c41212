package accepted

import (
	"cmp"
	"context"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
)

// page is what a Book knows of one namespace.
type page struct {
	mu    sync.Mutex
	print uint64
	set   *policy.Set
	// refused are the policies whose current version is not in force; inForce is what is, of all.
	refused map[types.UID]refused
	inForce map[types.UID]*v1alpha1.TokenPolicySpec
}

// refused is a policy whose current version is not in force, and what is kept of it.
type refused struct {
	why *policy.Refusal
	key types.NamespacedName // of the ConfigMap that keeps its last accepted version
	// looked says that it was looked for; version is that of the ConfigMap, empty if there is none.
	looked  bool
	version string
	spec    *v1alpha1.TokenPolicySpec
}

// bearsOut tells whether the cache still has the versions that were read.
func (p *page) bearsOut(ctx context.Context, cache client.Reader) bool {
	for _, r := range p.refused {
		if r.looked && r.version != versionIn(ctx, cache, r.key) {
			return false
		}
	}
	return true
}

// read takes stock of the policies of a namespace. A version that is kept is read again only if it has changed.
func (p *page) read(ctx context.Context, b *Book, namespace string, items []v1alpha1.TokenPolicy) error {
	root := b.versions.IsRoot(namespace)
	standings := make([]policy.Standing, 0, len(items))
	next, inForce := map[types.UID]refused{}, map[types.UID]*v1alpha1.TokenPolicySpec{}
	for rank, tp := range inOrderOfAge(items) {
		standing := policy.Standing{Namespace: namespace, Name: tp.Name, Spec: &tp.Spec}
		if why := policy.AcceptRanked(&tp.Spec, root, rank); why != nil {
			r, err := p.look(ctx, b, tp, refused{why: why, looked: rank < 2*policy.Counting(root)})
			if err != nil {
				return err
			}
			next[tp.UID], standing.Spec = r, r.spec
		}
		standings = append(standings, standing)
		inForce[tp.UID] = standing.Spec
	}
	p.set, p.refused, p.inForce = policy.NewSet(namespace, standings), next, inForce
	return nil
}

// look finds what is kept of tp. Of policies far beyond those that count nothing is looked up: they would cost each pass a
// read, and there is no end of them.
func (p *page) look(ctx context.Context, b *Book, tp *v1alpha1.TokenPolicy, r refused) (refused, error) {
	if !r.looked {
		return r, nil
	}
	r.key = b.versions.key(client.ObjectKeyFromObject(tp))
	before, known := p.refused[tp.UID]
	if known && before.looked && before.version == versionIn(ctx, b.cache, r.key) {
		r.version, r.spec = before.version, before.spec
		return r, nil
	}
	var err error
	r.spec, r.version, err = b.versions.Kept(ctx, tp)
	if r.spec == nil {
		r.spec = p.inForce[tp.UID] // refused before anybody came to keep what was in force
	}
	return r, err
}

// inOrderOfAge lists policies, the oldest first: which of too many count does not change when one more comes.
func inOrderOfAge(items []v1alpha1.TokenPolicy) []*v1alpha1.TokenPolicy {
	out := make([]*v1alpha1.TokenPolicy, len(items))
	for i := range items {
		out[i] = &items[i]
	}
	slices.SortFunc(out, func(x, y *v1alpha1.TokenPolicy) int {
		return cmp.Or(x.CreationTimestamp.Compare(y.CreationTimestamp.Time), cmp.Compare(x.Name, y.Name))
	})
	return out
}

// versionIn is the version of a ConfigMap in the cache; empty if there is none.
func versionIn(ctx context.Context, cache client.Reader, key types.NamespacedName) string {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	if err := cache.Get(ctx, key, object); err != nil {
		return "" // which makes a version that is known be read again
	}
	return object.ResourceVersion
}
