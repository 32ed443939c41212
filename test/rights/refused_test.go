package rights

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

// beyondIsRefused tries, for operator and issuer, what an attacker would who has their tokens. An administrator asks in
// their name, so the audit does not count it.
func beyondIsRefused(t *testing.T, in *live.Installation) {
	operator, issuer := as(t, in, operatorAccount), as(t, in, issuerAccount)
	ctx := t.Context()
	everywhere, here, elsewhere := client.InNamespace(""), client.InNamespace(stack.Namespace), client.InNamespace("team-orders")
	for _, tc := range []struct {
		name    string
		err     error
		refused bool
	}{
		{"the issuer lists Secrets in its namespace", issuer.List(ctx, &corev1.SecretList{}, here), false},
		{"the issuer lists Secrets in another", issuer.List(ctx, &corev1.SecretList{}, elsewhere), true},
		{"the issuer lists Secrets everywhere", issuer.List(ctx, &corev1.SecretList{}, everywhere), true},
		{"the issuer lists ConfigMaps in another", issuer.List(ctx, &corev1.ConfigMapList{}, elsewhere), true},
		{"the issuer lists grants in another", issuer.List(ctx, &v1alpha1.TokenGrantList{}, elsewhere), true},
		{"the issuer writes a Secret", issuer.Create(ctx, secret(), client.DryRunAll), true},
		{"the issuer registers a client", issuer.Create(ctx, build.OAuthClient(stack.Namespace+"/x"), client.DryRunAll), true},
		{"the operator binds the issuer's role", operator.Create(ctx, binding(stack.Namespace, issuerRole), client.DryRunAll), false},
		{"the operator binds it in another namespace", operator.Create(ctx, binding("team-orders", issuerRole), client.DryRunAll), true},
		{"the operator binds another role", operator.Create(ctx, binding(stack.Namespace, "system:node"), client.DryRunAll), true},
		{"the operator binds any role", operator.Create(ctx, binding(stack.Namespace, "cluster-admin"), client.DryRunAll), true},
		{"the operator reads grants", operator.List(ctx, &v1alpha1.TokenGrantList{}, here), true},
		{"the operator deletes a Secret in another namespace", operator.Delete(ctx, secret(), client.DryRunAll), true},
		{"the operator makes a token of another account", operator.Create(ctx, typed(corev1.SecretTypeServiceAccountToken), client.DryRunAll), true},
		{"the operator writes an opaque Secret", operator.Create(ctx, typed(corev1.SecretTypeOpaque), client.DryRunAll), true},
		{"the operator appoints users", operator.Create(ctx, typed(v1alpha1.UsersSecretType), client.DryRunAll), true},
		{"the operator deletes a key ring", operator.Delete(ctx, named(registration.SigningRingName(stack.DefaultIssuer)), client.DryRunAll), true},
		{"the operator deletes users", operator.Delete(ctx, named("staff"), client.DryRunAll), true},
		{"the operator changes a client", operator.Update(ctx, build.OAuthClient("team-orders/orders"), client.DryRunAll), true},
		{"the operator writes a role", operator.Create(ctx, &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: "x"}}, client.DryRunAll), true},
	} {
		if got := apierrors.IsForbidden(tc.err); got != tc.refused || tc.err != nil && !got {
			t.Errorf("%s: %v, want it refused: %v", tc.name, tc.err, tc.refused)
		}
	}
}

func secret() *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "team-orders", Name: "orders-oauth"}}
}

// typed is a Secret of a type, in the issuer's namespace.
func typed(kind corev1.SecretType) *corev1.Secret {
	out := named("x")
	out.Type, out.Annotations = kind, map[string]string{corev1.ServiceAccountNameKey: "default"}
	return out
}

// named is a Secret in the issuer's namespace.
func named(name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: name}}
}

// binding gives everybody a ClusterRole.
func binding(namespace, role string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "x"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: "system:authenticated"}},
	}
}

// as is a client in the name of an account.
func as(t *testing.T, in *live.Installation, account string) client.Client {
	t.Helper()
	config := rest.CopyConfig(in.Config)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: account, Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + stack.Namespace, "system:authenticated"},
	}
	c, err := client.New(config, client.Options{Scheme: in.Client.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
