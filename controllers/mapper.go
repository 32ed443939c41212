package controllers

import (
	"net/http"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// NewMapper makes the operator's RESTMapper. A cache of several namespaces asks for a mapping at every read, and finding
// one among all groups of the API server costs more than the read. Which resource serves a kind of one version does not
// change, so what was found once stays; what was not found is looked for each time, since a CRD may follow.
func NewMapper(config *rest.Config, client *http.Client) (meta.RESTMapper, error) {
	dynamic, err := apiutil.NewDynamicRESTMapper(config, client)
	return &mapper{RESTMapper: dynamic}, err
}

// mapper remembers mappings. It is safe for concurrent use.
type mapper struct {
	meta.RESTMapper
	found sync.Map // of *meta.RESTMapping, by schema.GroupVersionKind
}

// RESTMapping returns the mapping of a kind. That of one version is shared.
func (m *mapper) RESTMapping(kind schema.GroupKind, versions ...string) (*meta.RESTMapping, error) {
	if len(versions) != 1 {
		return m.RESTMapper.RESTMapping(kind, versions...)
	}
	key := kind.WithVersion(versions[0])
	if found, ok := m.found.Load(key); ok {
		return found.(*meta.RESTMapping), nil
	}
	found, err := m.RESTMapper.RESTMapping(kind, versions[0])
	if err == nil {
		m.found.Store(key, found)
	}
	return found, err
}
