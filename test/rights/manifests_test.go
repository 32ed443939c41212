package rights

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tokenwright.dev/hack/dev/stack"
)

// TestRulesAreNarrow holds every rule to what no rule may say.
func TestRulesAreNarrow(t *testing.T) {
	for _, r := range roles(t) {
		for _, rule := range r.rules {
			if why := tooBroad(rule); why != "" {
				t.Errorf("%s allows %v: %s", r.name, rule, why)
			}
		}
	}
}

// TestTooBroad is the table of what no rule may say.
func TestTooBroad(t *testing.T) {
	rule := func(verb, group, resource string, names ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{
			Verbs: []string{"get", verb}, APIGroups: []string{group}, Resources: []string{resource}, ResourceNames: names,
		}
	}
	for _, tc := range []struct {
		name  string
		rule  rbacv1.PolicyRule
		broad bool
	}{
		{"an ordinary rule", rule("list", "", "secrets"), false},
		{"all verbs", rule("*", "", "pods"), true},
		{"all groups", rule("get", "*", "pods"), true},
		{"all resources", rule("get", "", "*"), true},
		{"all subresources", rule("get", "", "*/status"), true},
		{"a URL", rbacv1.PolicyRule{Verbs: []string{"get"}, NonResourceURLs: []string{"/metrics"}}, true},
		{"escalate", rule("escalate", "rbac.authorization.k8s.io", "roles"), true},
		{"impersonate", rule("impersonate", "", "users"), true},
		{"bind any role", rule("bind", "rbac.authorization.k8s.io", "clusterroles"), true},
		{"bind another role", rule("bind", "rbac.authorization.k8s.io", "clusterroles", issuerRole, "admin"), true},
		{"bind the issuer's", rule("bind", "rbac.authorization.k8s.io", "clusterroles", issuerRole), false},
		{"delete at large", rule("deletecollection", "", "secrets"), true},
		{"make tokens", rule("create", "", "serviceaccounts/token"), true},
		{"get into Pods", rule("create", "", "pods/exec"), true},
		{"run what it likes", rule("create", "", "pods"), true},
		{"read a Pod", rule("get", "", "pods"), false},
	} {
		if why := tooBroad(tc.rule); (why != "") != tc.broad {
			t.Errorf("%s: %q, want it too broad: %v", tc.name, why, tc.broad)
		}
	}
}

// tooBroad says why a rule must not be; nothing if it may.
func tooBroad(rule rbacv1.PolicyRule) string {
	said := strings.Join(slices.Concat(rule.Verbs, rule.APIGroups, rule.Resources), " ")
	has := func(verb string) bool { return slices.Contains(rule.Verbs, verb) }
	switch {
	case strings.Contains(said, "*"):
		return "a wildcard grants what nobody has thought of"
	case len(rule.NonResourceURLs) > 0:
		return "neither operator nor issuer asks for anything but objects"
	case has("escalate"), has("impersonate"):
		return "with it, all other limits are void"
	case has("bind") && !slices.Equal(rule.ResourceNames, []string{issuerRole}):
		return "only the issuer's role may be handed on"
	case has("deletecollection"):
		return "what is deleted is deleted one by one, as it was seen"
	case slices.ContainsFunc(rule.Resources, func(r string) bool { return r == "serviceaccounts/token" || strings.HasPrefix(r, "pods/") }):
		return "it lets one act as a Pod"
	case slices.Contains(rule.Resources, "pods") && slices.ContainsFunc(rule.Verbs, func(verb string) bool { return verb != "get" }):
		return "Pods are Kubernetes' to make and end"
	}
	return ""
}

// TestSecrets says all that may be done to Secrets, and where: cluster-wide, none are deleted; the issuer writes none.
func TestSecrets(t *testing.T) {
	got := map[string][]string{}
	for account, rights := range granted(t) {
		for _, r := range rights {
			if r.resource == "secrets" {
				where := account + " in " + r.namespace
				got[where] = append(got[where], r.verb)
			}
		}
	}
	want := map[string][]string{
		operatorAccount + " in ":                   {"create", "get", "list", "update", "watch"},
		operatorAccount + " in " + stack.Namespace: {"create", "delete", "get", "update"},
		issuerAccount + " in " + stack.Namespace:   {"get", "list", "watch"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verbs on Secrets (-want +got):\n%s", diff)
	}
}

// TestIssuerWritesItsOwnKindsAlone says all that the issuer may write.
func TestIssuerWritesItsOwnKindsAlone(t *testing.T) {
	own := []string{"issuerreports", "tokengrants", "tokenmarks", "tokenrevocations", "tokenrevocations/status"}
	for _, r := range granted(t)[issuerAccount] {
		reads := r.verb == "get" || r.verb == "list" || r.verb == "watch"
		if !reads && !slices.Contains(own, r.resource) {
			t.Errorf("the issuer may %s", r)
		}
	}
}

// TestIssuerIsBoundNowhere holds the install to leaving it to the operator, which binds the issuer's role by a RoleBinding.
func TestIssuerIsBoundNowhere(t *testing.T) {
	for _, object := range manifests(t) {
		bound, _, _ := unstructured.NestedString(object.Object, "roleRef", "name")
		if bound == issuerRole {
			t.Errorf("the %s %s binds the issuer's role", object.GetKind(), object.GetName())
		}
	}
}

// TestNamespacedHasTheSameRights compares the overlay for some namespaces with the default: the same rights, and those that
// reach beyond a namespace are about Namespaces alone.
func TestNamespacedHasTheSameRights(t *testing.T) {
	usual, bounded := rendered(t, "default"), rendered(t, "namespaced")
	if diff := cmp.Diff(anywhere(usual), anywhere(bounded), cmp.AllowUnexported(right{})); diff != "" {
		t.Errorf("rights (-default +namespaced):\n%s", diff)
	}
	for _, r := range bounded {
		if r.namespace == "" && r.resource != "namespaces" {
			t.Errorf("config/namespaced grants the operator to %s", r)
		}
	}
}

// rendered are the operator's rights in a folder of config.
func rendered(t *testing.T, folder string) []right {
	t.Helper()
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	if assets == "" {
		const hint = "KUBEBUILDER_ASSETS is not set, so there is no kubectl to render with: run `make test`"
		if os.Getenv("CI") != "" {
			t.Fatal(hint)
		}
		t.Skip(hint)
	}
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(t.Context(), filepath.Join(assets, "kubectl"), "kustomize", filepath.Join(root, "config", folder)).Output()
	if err != nil {
		t.Fatalf("render config/%s: %v", folder, err)
	}
	objects, err := stack.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	var all []right
	for _, r := range rolesAmong(t, objects) {
		if r.name != issuerRole {
			all = append(all, r.rights(r.namespace)...)
		}
	}
	return all
}

// anywhere are rights without where they are.
func anywhere(rights []right) []right {
	out := make([]right, 0, len(rights))
	for _, r := range rights {
		r.namespace = ""
		out = append(out, r)
	}
	slices.SortFunc(out, compare)
	return slices.Compact(out)
}
