package controllers

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// NewCache makes the operator's cache. To one that watches some namespaces only, whatever stands elsewhere is not there:
// a reference to it finds nothing, as if it had been deleted, in place of an error that no retry heals.
func NewCache(config *rest.Config, options cache.Options) (cache.Cache, error) {
	all, err := cache.New(config, options)
	if err != nil || options.DefaultNamespaces == nil {
		return all, err
	}
	return scoped{Cache: all, namespaces: options.DefaultNamespaces}, nil
}

// scoped is a cache of some namespaces.
type scoped struct {
	cache.Cache
	namespaces map[string]cache.Config
}

// Get reads an object, and finds none in a namespace that is not watched.
func (s scoped) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	if s.beyond(key.Namespace) {
		kind := object.GetObjectKind().GroupVersionKind().GroupKind()
		return apierrors.NewNotFound(schema.GroupResource{Group: kind.Group, Resource: kind.Kind}, key.String())
	}
	return s.Cache.Get(ctx, key, object, options...)
}

// List lists objects, and none of a namespace that is not watched.
func (s scoped) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	var among client.ListOptions
	if among.ApplyOptions(options); s.beyond(among.Namespace) {
		return nil
	}
	return s.Cache.List(ctx, list, options...)
}

// beyond tells whether a namespace is not watched. That of an object of the whole cluster is empty.
func (s scoped) beyond(namespace string) bool {
	_, watched := s.namespaces[namespace]
	return namespace != "" && !watched
}
