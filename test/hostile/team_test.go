package hostile

import (
	"context"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

// account is whom a team's pipeline runs as.
const account = "deployer"

// admitted is the label by which the issuer of these stories takes the clients of a namespace.
const admitted = "oauth.tokenwright.dev/clients"

// applicationTeam is what an application team may do in its own namespace, and nowhere else.
func applicationTeam(namespace string) *rbacv1.Role {
	every := []string{"get", "list", "watch", "create", "update", "patch", "delete"}
	return &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "application-team"},
		Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"oauthclients", "tokenpolicies"}, Verbs: every},
			{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: every},
		},
	}
}

// team is an application team with the credentials of its own ServiceAccount.
type team struct {
	*world

	namespace string
	// hands may do what the team may.
	hands client.WithWatch
}

// newTeam makes a namespace whose clients the issuer takes, and lets a team in.
func newTeam(t *testing.T, w *world, namespace string) *team {
	t.Helper()
	live.Create(t, w.Client, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: namespace, Labels: map[string]string{admitted: "true"},
	}})
	deployer := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: account}}
	role := applicationTeam(namespace)
	live.Create(t, w.Client, deployer)
	live.Create(t, w.Client, role)
	live.Create(t, w.Client, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: account},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: account}},
	})
	request := &authenticationv1.TokenRequest{}
	if err := w.Client.SubResource("token").Create(t.Context(), deployer, request); err != nil {
		t.Fatal(err)
	}
	config := rest.AnonymousClientConfig(w.Config)
	config.BearerToken, config.QPS = request.Status.Token, -1
	hands, err := client.NewWithWatch(config, client.Options{Scheme: w.Client.Scheme(), Mapper: w.Client.RESTMapper()})
	if err != nil {
		t.Fatal(err)
	}
	return &team{world: w, namespace: namespace, hands: hands}
}

// oauthClient is a client of the team.
func (m *team) oauthClient(name string, options ...func(*v1alpha1.OAuthClient)) *v1alpha1.OAuthClient {
	return build.OAuthClient(m.namespace+"/"+name, options...)
}

// policy is a local policy of the team.
func (m *team) policy(name string, options ...func(*v1alpha1.TokenPolicy)) *v1alpha1.TokenPolicy {
	return build.TokenPolicy(m.namespace+"/"+name, options...)
}

// register applies a client and reads what an application would.
func (m *team) register(t *testing.T, name string, options ...func(*v1alpha1.OAuthClient)) live.Credentials {
	t.Helper()
	oc := m.oauthClient(name, options...)
	live.Create(t, m.hands, oc)
	return m.Credentials(t, live.AwaitReady(t, m.Installation, oc))
}

// secret is the Secret of a client of the team, by its name alone.
func (m *team) secret(name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: m.namespace, Name: name + "-oauth"}}
}

// wantToken asks for tokens until one is as said.
func (w *world) wantToken(t *testing.T, credentials live.Credentials, want string, done func(live.Token) bool) {
	t.Helper()
	w.Until(t, soon, want, w.ask(credentials), func(a live.Answer) bool { return a.Status == 200 && done(a.Token()) })
}

// wantRefused asks for tokens until there is none.
func (w *world) wantRefused(t *testing.T, credentials live.Credentials) {
	t.Helper()
	w.Until(t, soon, "401 invalid_client", w.ask(credentials), func(a live.Answer) bool { return a.Status == 401 })
}

// ask is for Installation.Until.
func (w *world) ask(credentials live.Credentials) func(context.Context) (live.Answer, error) {
	return func(ctx context.Context) (live.Answer, error) { return w.AskToken(ctx, credentials) }
}
