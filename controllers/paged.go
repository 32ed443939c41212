package controllers

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/pager"
)

// pageSize is how many objects of a list are decoded before they are trimmed.
const pageSize = 25

// pagedInformer is an informer whose lists come in pages, each trimmed before the next is asked for. API servers that stream
// lists send one object at a time anyway; this is for those that do not (WatchList, off in Kubernetes 1.33), where a list
// would be decoded as a whole, with all that its authors wrote, before any of it is trimmed.
type pagedInformer struct {
	toolscache.SharedIndexInformer
	lists *pagedLists
}

func newPagedInformer(
	from toolscache.ListerWatcher, kind runtime.Object, resync time.Duration, indexers toolscache.Indexers,
) toolscache.SharedIndexInformer {
	inner := toolscache.ToListerWatcherWithContext(from)
	lists := &pagedLists{from: inner}
	paged := &toolscache.ListWatch{ListWithContextFunc: lists.list, WatchFuncWithContext: inner.WatchWithContext}
	return &pagedInformer{SharedIndexInformer: toolscache.NewSharedIndexInformer(paged, kind, resync, indexers), lists: lists}
}

// SetTransform is called before the informer runs. The transform must change objects in place.
func (i *pagedInformer) SetTransform(trim toolscache.TransformFunc) error {
	i.lists.trim = trim
	return i.SharedIndexInformer.SetTransform(trim)
}

// pagedLists makes whole lists of pages.
type pagedLists struct {
	from toolscache.ListerWithContext
	trim toolscache.TransformFunc
}

// list returns a whole list, as of now. It asks for the pages itself, since whoever calls it pages at some times and not at
// others. If the API server forgets that state in between, the list is asked for once more in one piece.
func (l *pagedLists) list(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	options.ResourceVersion, options.ResourceVersionMatch, options.Limit, options.Continue = "", "", pageSize, ""
	list, _, err := pager.New(l.page).ListWithAlloc(ctx, options)
	return list, err
}

func (l *pagedLists) page(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	page, err := l.from.ListWithContext(ctx, options)
	if err != nil || l.trim == nil {
		return page, err
	}
	return page, meta.EachListItem(page, func(object runtime.Object) error {
		_, err := l.trim(object)
		return err
	})
}
