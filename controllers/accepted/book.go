package accepted

import (
	"context"
	"hash/maphash"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
)

// Book has the policies of each namespace at hand, read and parsed once for all clients that ask, until one of them
// changes. What changed it learns from the cache at every call, so it can be no more wrong than the cache. It is safe for
// concurrent use.
type Book struct {
	cache    client.Reader
	versions Versions
	seed     maphash.Seed
	pages    sync.Map // of *page, by namespace
}

// NewBook reads policies from a cache, which also holds the metadata of the ConfigMaps that keep accepted versions.
func NewBook(cache client.Reader, versions Versions) *Book {
	return &Book{cache: cache, versions: versions, seed: maphash.MakeSeed()}
}

// Policies are those of namespace as they stand. The result is shared.
func (b *Book) Policies(ctx context.Context, namespace string) (*policy.Set, error) {
	var set *policy.Set
	err := b.open(ctx, namespace, func(p *page) { set = p.set })
	return set, err
}

// Standing is the version of tp, as the cache has it, that is in force, nil if none is; and why its current one is not.
func (b *Book) Standing(ctx context.Context, tp *v1alpha1.TokenPolicy) (*v1alpha1.TokenPolicySpec, *policy.Refusal, error) {
	spec, why := &tp.Spec, (*policy.Refusal)(nil)
	err := b.open(ctx, tp.Namespace, func(p *page) {
		if r, isRefused := p.refused[tp.UID]; isRefused {
			spec, why = r.spec, r.why
		}
	})
	return spec, why, err
}

// open shows the page of a namespace, true to the cache. One namespace never waits for another.
func (b *Book) open(ctx context.Context, namespace string, show func(*page)) error {
	var list v1alpha1.TokenPolicyList
	if err := b.cache.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return err
	}
	if len(list.Items) == 0 {
		b.pages.Delete(namespace)
		show(new(page))
		return nil
	}
	found, _ := b.pages.LoadOrStore(namespace, new(page))
	p := found.(*page)
	p.mu.Lock()
	defer p.mu.Unlock()
	if state := b.print(list.Items); p.set == nil || p.print != state || !p.bearsOut(ctx, b.cache) {
		if err := p.read(ctx, b, namespace, list.Items); err != nil {
			return err
		}
		p.print = state
	}
	show(p)
	return nil
}

// print tells one state of some policies from another, whatever their order.
func (b *Book) print(items []v1alpha1.TokenPolicy) uint64 {
	type state struct {
		uid        types.UID
		generation int64
	}
	var sum uint64
	for i := range items {
		sum += maphash.Comparable(b.seed, state{items[i].UID, items[i].Generation})
	}
	return sum
}
