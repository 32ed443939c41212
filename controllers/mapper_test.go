package controllers

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// counted counts what a mapper is asked.
type counted struct {
	meta.RESTMapper
	asked int
}

func (c *counted) RESTMapping(kind schema.GroupKind, versions ...string) (*meta.RESTMapping, error) {
	c.asked++
	return c.RESTMapper.RESTMapping(kind, versions...)
}

// TestMapperRemembers wants a mapping to be looked for until it is found, and not again.
func TestMapperRemembers(t *testing.T) {
	kinds := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Version: "v1"}})
	below := &counted{RESTMapper: kinds}
	m := &mapper{RESTMapper: below}
	secret := schema.GroupVersionKind{Version: "v1", Kind: "Secret"}
	for range 2 {
		if found, err := m.RESTMapping(secret.GroupKind(), "v1"); !meta.IsNoMatchError(err) {
			t.Fatalf("before the kind is there: %v, %v", found, err)
		}
	}
	kinds.Add(secret, meta.RESTScopeNamespace)
	for range 3 {
		if found, err := m.RESTMapping(secret.GroupKind(), "v1"); err != nil || found.Resource.Resource != "secrets" {
			t.Fatalf("since the kind is there: %v, %v", found, err)
		}
	}
	if below.asked != 3 {
		t.Errorf("asked %d times, want 3: until it was found", below.asked)
	}
	if _, err := m.RESTMapping(secret.GroupKind(), "v2"); !meta.IsNoMatchError(err) {
		t.Errorf("another version: %v", err)
	}
	if found, err := m.RESTMapping(secret.GroupKind()); err != nil || found.GroupVersionKind != secret {
		t.Errorf("any version: %v, %v", found, err)
	}
}
