package hostile

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// town is what the platform team has where people log in.
const town = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenIssuer
metadata: {name: default, namespace: tokenwright-system}
spec:
  url: https://127.0.0.1
  clientNamespaces: {from: Selector, selector: {matchLabels: {oauth.tokenwright.dev/clients: "true"}}}
  signing: {algorithms: [ES256]}
  identityProviders: [{name: staff, users: {secretRef: {name: staff}}}]
---
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenPolicy
metadata: {name: baseline, namespace: tokenwright-system}
spec:
  scopes: {allowed: [openid, "orders:*"]}
`

// gateway is where everybody comes from, as far as a replica can see: who it is, X-Forwarded-For says.
const gateway = "127.0.0.0/8"

// Where the replicas run: with the memory that the operator gives a Pod for hashes of 64 MiB where nobody set a limit, on a
// node with more processors than memory for as many passwords.
const (
	podMemory     = 320 << 20
	podGOMEMLIMIT = "320000000"
	nodeCPUs      = "8"
)

// street is the world of the stranger's stories: two replicas of the issuer behind a gateway, and a team whose
// applications people use.
type street struct {
	*world

	shop     *team
	web, cli *app
	// told gets each logout token that the web application hears.
	told chan string
}

// TestStranger tells what a stranger, and somebody with an account, can do to others.
func TestStranger(t *testing.T) {
	t.Setenv("GOMEMLIMIT", podGOMEMLIMIT)
	t.Setenv("GOMAXPROCS", nodeCPUs)
	objects, err := stack.Decode([]byte(town))
	if err != nil {
		t.Fatal(err)
	}
	users, err := stack.Decode([]byte(usersSecret(t)))
	if err != nil {
		t.Fatal(err)
	}
	in := live.Start(t, stack.Options{
		Objects: append(users, objects...), TLS: true, IssuerArgs: []string{"--trusted-proxies=" + gateway, "--max-connections=1024"},
	})
	if err := in.StartReplica(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &street{world: &world{Installation: in}}
	s.open(t)
	s.tell(t,
		story{"guesses from many addresses wait, and who was here before does not", s.guesses},
		story{"what costs no hash locks nobody out", s.costsNothing},
		story{"silent logout addresses delay nobody else's notice", s.silentLogouts},
		story{"one person's grants are bounded", s.manyGrants},
		story{"a page of many grants is a page", s.manyOnThePage},
		story{"one public client's device requests cannot be used up", s.manyDevices},
		story{"idle connections are closed, and machines do not notice", s.idleConnections},
		story{"passwords of many strangers fit into memory", s.manyPasswords},
	)
}

// open registers the applications of the shop.
func (s *street) open(t *testing.T) {
	t.Helper()
	s.shop = newTeam(t, s.world, "team-shop")
	s.told = make(chan string, 16)
	s.web = s.app(t, s.shop, "web", forPeople(s.ear(t)))
	s.cli = s.app(t, s.shop, "cli", forPeople(""), func(oc *v1alpha1.OAuthClient) {
		oc.Spec.GrantTypes = append(oc.Spec.GrantTypes, v1alpha1.DeviceCode)
		oc.Spec.Authentication = &v1alpha1.ClientAuthentication{Public: &v1alpha1.PublicClient{}}
	})
}

// forPeople makes a client of an application that people log in to, and that hears of logouts at an address unless it is
// empty.
func forPeople(logout string) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) {
		oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.AuthorizationCode, v1alpha1.RefreshToken}
		oc.Spec.Scopes = []v1alpha1.Scope{"openid", "orders:read"}
		oc.Spec.RedirectURIs = []v1alpha1.RedirectURI{callback}
		if logout != "" {
			oc.Spec.BackchannelLogout = &v1alpha1.BackchannelLogout{URI: v1alpha1.LogoutURI(logout)}
		}
	}
}

// usersSecret is the users file. The people of these stories have cheap hashes; all others, and so all whom nobody knows,
// have what the message about a wrong hash recommends.
func usersSecret(t *testing.T) string {
	t.Helper()
	var users strings.Builder
	for _, name := range []string{alice, bob, carol} {
		fmt.Fprintf(&users, "- {username: %s, passwordHash: %q}\n", name, cheapHash(t))
	}
	for i := range 9 {
		fmt.Fprintf(&users, "- {username: user-%d, passwordHash: %q}\n", i, dearHash())
	}
	secret := corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: stack.Namespace, Name: "staff", Labels: map[string]string{v1alpha1.IssuerLabel: stack.DefaultIssuer},
		},
		Type: v1alpha1.UsersSecretType, StringData: map[string]string{"users.yaml": "users:\n" + users.String()},
	}
	return encode(t, secret)
}
