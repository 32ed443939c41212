package rights

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"tokenwright.dev/hack/dev/stack"
)

// right is one verb on one resource, which is written with its subresource: "oauthclients/status".
type right struct {
	verb, group, resource string
	// namespace is where; everywhere when empty.
	namespace string
}

func (r right) String() string {
	resource := strings.TrimSuffix(r.resource+"."+r.group, ".")
	return fmt.Sprintf("%s %s in %s", r.verb, resource, cmp.Or(r.namespace, "the cluster"))
}

func compare(a, b right) int { return strings.Compare(a.String(), b.String()) }

// role is a Role, or a ClusterRole, whose namespace is empty.
type role struct {
	namespace, name string
	rules           []rbacv1.PolicyRule
}

// rights are what the role allows where it is bound.
func (r role) rights(namespace string) []right {
	var all []right
	for _, rule := range r.rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, right{verb: verb, group: group, resource: resource, namespace: namespace})
				}
			}
		}
	}
	slices.SortFunc(all, compare)
	return slices.Compact(all)
}

const (
	operatorRole = "tokenwright-operator"
	issuerRole   = "tokenwright-issuer"
)

// granted are the rights of operator and issuer in config/rbac, by account.
func granted(t *testing.T) map[string][]right {
	t.Helper()
	all := map[string][]right{}
	for _, r := range roles(t) {
		if r.name == issuerRole { // which is bound in the issuer's namespace alone
			all[issuerAccount] = r.rights(stack.Namespace)
			continue
		}
		all[operatorAccount] = append(all[operatorAccount], r.rights(r.namespace)...)
	}
	return all
}

// roles are those of config/rbac.
func roles(t *testing.T) []role {
	t.Helper()
	return rolesAmong(t, manifests(t))
}

func manifests(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	return objectsIn(t, "rbac")
}

// objectsIn are those of a folder of config.
func objectsIn(t *testing.T, folder string) []*unstructured.Unstructured {
	t.Helper()
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	objects, err := stack.Manifests(filepath.Join(root, "config", folder))
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func rolesAmong(t *testing.T, objects []*unstructured.Unstructured) []role {
	t.Helper()
	var found []role
	for _, object := range objects {
		if kind := object.GetKind(); kind != "Role" && kind != "ClusterRole" {
			continue
		}
		var read rbacv1.ClusterRole // the rules of a Role read the same
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &read); err != nil {
			t.Fatal(err)
		}
		found = append(found, role{namespace: object.GetNamespace(), name: object.GetName(), rules: read.Rules})
	}
	return found
}
