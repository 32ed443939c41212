package stack

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// openIssuer is the TokenIssuer of a stack that was given no objects.
//
//go:embed default-issuer.yaml
var openIssuer []byte

// issuerRights are whom the issuer runs as, and what that may do. The operator makes them for the
// issuers that it runs itself.
//
//go:embed issuer-account.yaml
var issuerRights []byte

// Owners of the fields that are applied: what one of them leaves out of a namespace, the other may have set.
const (
	installer client.FieldOwner = "tokenwright-install"
	user      client.FieldOwner = "tokenwright-stack"
)

// Apply applies objects on the server's side, the namespaces among them first. Objects without a
// namespace that need one go to Namespace.
func (s *Stack) Apply(ctx context.Context, objects ...*unstructured.Unstructured) error {
	return s.applyAs(ctx, user, objects)
}

func (s *Stack) applyAs(ctx context.Context, owner client.FieldOwner, objects []*unstructured.Unstructured) error {
	ordered := slices.Clone(objects)
	slices.SortStableFunc(ordered, func(a, b *unstructured.Unstructured) int { return rank(a) - rank(b) })
	for _, object := range ordered {
		if err := s.applyOne(ctx, owner, object.DeepCopy()); err != nil {
			return fmt.Errorf("apply %s %s: %w", object.GetKind(), client.ObjectKeyFromObject(object), err)
		}
	}
	return nil
}

func (s *Stack) applyOne(ctx context.Context, owner client.FieldOwner, object *unstructured.Unstructured) error {
	namespaced, err := s.Client.IsObjectNamespaced(object)
	if err != nil {
		return err
	}
	if namespaced && object.GetNamespace() == "" {
		object.SetNamespace(Namespace)
	}
	return s.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), owner, client.ForceOwnership)
}

// rank puts what others need before them.
func rank(object *unstructured.Unstructured) int {
	switch object.GetKind() {
	case "Namespace":
		return 0
	case "TokenIssuer":
		return 1
	default:
		return 2
	}
}

// applyRoles makes the issuer's namespace, if config/rbac does not, whom the processes run as, and what holds the operator to
// Secrets of its own.
func (s *Stack) applyRoles(ctx context.Context) error {
	objects, err := Manifests(filepath.Join(s.options.Root, "config", "rbac"))
	if err != nil {
		return err
	}
	confined, err := Manifests(filepath.Join(s.options.Root, "config", "admission"))
	if err != nil {
		return err
	}
	rights, err := Decode(issuerRights)
	if err != nil {
		return err
	}
	namespace := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": Namespace},
	}}
	return s.applyAs(ctx, installer, slices.Concat([]*unstructured.Unstructured{namespace}, objects, confined, rights))
}

func (s *Stack) applyObjects(ctx context.Context) error {
	objects, err := s.objects()
	if err != nil {
		return err
	}
	for i, object := range objects {
		if object.GetKind() != "TokenIssuer" || object.GetName() != DefaultIssuer || object.GetNamespace() != Namespace {
			continue
		}
		objects[i] = object.DeepCopy()
		if err := s.serve(objects[i]); err != nil {
			return err
		}
	}
	return s.Apply(ctx, objects...)
}

// serve makes a TokenIssuer one that the stack's own process serves.
func (s *Stack) serve(issuer *unstructured.Unstructured) error {
	return errors.Join(
		unstructured.SetNestedField(issuer.Object, s.IssuerURL, "spec", "url"),
		unstructured.SetNestedField(issuer.Object, map[string]any{"management": "External"}, "spec", "deployment"),
	)
}

// objects are the caller's, the samples, or the open issuer.
func (s *Stack) objects() ([]*unstructured.Unstructured, error) {
	switch {
	case s.options.Samples:
		return Manifests(filepath.Join(s.options.Root, "config", "samples"))
	case s.options.Objects != nil:
		return s.options.Objects, nil
	default:
		return Decode(openIssuer)
	}
}
