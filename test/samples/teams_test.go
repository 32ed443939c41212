package samples

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/env"
)

// TestApplicationTeam asks as a member of the group that the sample names for what a team needs, and for what it must not have.
func TestApplicationTeam(t *testing.T) {
	e := env.Start(t)
	own, other := e.Namespace(t), e.Namespace(t)
	for _, object := range objects(t, files(t, "teams", "application-team.yaml")[0]) {
		if object.GetNamespace() != "" {
			object.SetNamespace(own)
		}
		if err := e.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Client.Delete(t.Context(), object) })
	}
	team, ctx := member(t, e, "team-orders"), t.Context()
	oc := build.OAuthClient(own + "/orders")
	awaitRights(t, team, oc)
	here, elsewhere := client.InNamespace(own), client.InNamespace(other)
	secret := func(namespace string) client.Object {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "made"}}
	}
	meta := metav1.ObjectMeta{Namespace: own, Name: "x"}
	for _, tc := range []struct {
		name    string
		err     error
		refused bool
	}{
		{"changes its client", team.Patch(ctx, oc, client.RawPatch(client.Merge.Type(), []byte(`{"spec":{"displayName":"Orders"}}`))), false},
		{"lists its clients", team.List(ctx, &v1alpha1.OAuthClientList{}, here), false},
		{"writes a local policy", team.Create(ctx, build.TokenPolicy(own+"/local"), client.DryRunAll), false},
		{"writes a Secret", team.Create(ctx, secret(own), client.DryRunAll), false},
		{"lists its Secrets", team.List(ctx, &corev1.SecretList{}, here), false},
		{"lists its Events", team.List(ctx, &corev1.EventList{}, here), false},
		{"says that its client is Ready", team.Status().Patch(ctx, oc, client.RawPatch(client.Merge.Type(), []byte(`{"status":{"clientID":"x"}}`))), true},
		{"makes an issuer", team.Create(ctx, build.TokenIssuer(own+"/own"), client.DryRunAll), true},
		{"reads what people allowed", team.List(ctx, &v1alpha1.TokenGrantList{}, here), true},
		{"revokes a token", team.Create(ctx, &v1alpha1.TokenRevocation{ObjectMeta: meta}, client.DryRunAll), true},
		{"speaks as an issuer's replica", team.Create(ctx, &v1alpha1.IssuerReport{ObjectMeta: meta}, client.DryRunAll), true},
		{"widens its own rights", team.Create(ctx, &rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"}}, client.DryRunAll), true},
		{"lifts its quota", team.Delete(ctx, &corev1.ResourceQuota{ObjectMeta: meta}), true},
		{"labels its namespace", team.Patch(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: own}}, client.RawPatch(client.Merge.Type(), []byte(`{"metadata":{"labels":{"tier":"x"}}}`))), true},
		{"writes a client elsewhere", team.Create(ctx, build.OAuthClient(other+"/orders"), client.DryRunAll), true},
		{"writes a policy elsewhere", team.Create(ctx, build.TokenPolicy(other+"/root"), client.DryRunAll), true},
		{"lists Secrets elsewhere", team.List(ctx, &corev1.SecretList{}, elsewhere), true},
		{"lists clients everywhere", team.List(ctx, &v1alpha1.OAuthClientList{}), true},
		{"deletes its client", team.Delete(ctx, oc), false},
	} {
		if got := apierrors.IsForbidden(tc.err); got != tc.refused || tc.err != nil && !got {
			t.Errorf("a team %s: %v, want it refused: %v", tc.name, tc.err, tc.refused)
		}
	}
}

// TestQuota holds the sample to counting what it means to count: whoever has used it up makes no more.
func TestQuota(t *testing.T) {
	e := env.Start(t)
	namespace := e.Namespace(t)
	quota := quotaOfATeam(t)
	quota.Namespace = namespace
	if err := e.Client.Create(t.Context(), quota); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		used   corev1.ResourceList // what kube-controller-manager, which does not run here, would have counted
		object func() client.Object
		full   string
	}{
		{"a client with room", nothing(quota), func() client.Object { return build.OAuthClient(namespace + "/a") }, ""},
		{"a policy with room", nothing(quota), func() client.Object { return build.TokenPolicy(namespace + "/a") }, ""},
		{"a client too many", quota.Spec.Hard, func() client.Object { return build.OAuthClient(namespace + "/b") }, "count/oauthclients.oauth.tokenwright.dev=50"},
		{"a policy too many", quota.Spec.Hard, func() client.Object { return build.TokenPolicy(namespace + "/b") }, "count/tokenpolicies.oauth.tokenwright.dev=20"},
		{"a Secret too many", quota.Spec.Hard, func() client.Object {
			return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "b"}}
		}, "count/secrets=200"},
	} {
		counted := quota.DeepCopy()
		counted.ResourceVersion = ""
		counted.Status = corev1.ResourceQuotaStatus{Hard: quota.Spec.Hard, Used: tc.used}
		if err := e.Client.Status().Update(t.Context(), counted); err != nil {
			t.Fatal(err)
		}
		err := e.Client.Create(t.Context(), tc.object(), client.DryRunAll)
		if tc.full == "" && err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if tc.full != "" && (!apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "exceeded quota") || !strings.Contains(err.Error(), tc.full)) {
			t.Errorf("%s: %v, want it refused: exceeded quota, %s", tc.name, err, tc.full)
		}
	}
}

// quotaOfATeam is the sample.
func quotaOfATeam(t *testing.T) *corev1.ResourceQuota {
	t.Helper()
	quota := new(corev1.ResourceQuota)
	sample := objects(t, files(t, "teams", "quota.yaml")[0])[0]
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(sample.Object, quota); err != nil {
		t.Fatal(err)
	}
	return quota
}

func nothing(quota *corev1.ResourceQuota) corev1.ResourceList {
	used := corev1.ResourceList{}
	for name := range quota.Spec.Hard {
		used[name] = resource.MustParse("0")
	}
	return used
}

// member is a client in the name of somebody who is in a group, and in no other.
func member(t *testing.T, e *env.Env, group string) client.Client {
	t.Helper()
	config := rest.CopyConfig(e.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "developer", Groups: []string{group, "system:authenticated"}}
	c, err := client.New(config, client.Options{Scheme: e.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// awaitRights creates an object as soon as kube-apiserver has heard of the RoleBinding, which it tells nobody.
func awaitRights(t *testing.T, team client.Client, object client.Object) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		err := team.Create(ctx, object)
		if apierrors.IsForbidden(err) {
			return false, nil
		}
		return true, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestQuotaOfTheDocs holds docs/install.md to the limits of the sample.
func TestQuotaOfTheDocs(t *testing.T) {
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "install.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, limits, _ := strings.Cut(read(t, files(t, "teams", "quota.yaml")[0]), "\nspec:\n")
	if !strings.Contains(string(text), limits) {
		t.Errorf("docs/install.md has not the lines\n%s", limits)
	}
}
