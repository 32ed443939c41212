package hostile

import (
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

// platform is what the platform team has: an issuer that takes clients of labelled namespaces and none that no policy
// governs, and what governs them.
const platform = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenIssuer
metadata: {name: default, namespace: tokenwright-system}
spec:
  url: http://127.0.0.1
  clientNamespaces: {from: Selector, selector: {matchLabels: {oauth.tokenwright.dev/clients: "true"}}}
  ungovernedClients: Refuse
  signing: {algorithms: [ES256]}
---
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenPolicy
metadata: {name: baseline, namespace: tokenwright-system}
spec:
  scopes: {allowed: ["orders:*"]}
  resourceServers: {allowed: ["https://api.example"]}
  accessToken: {maxLifetime: 1h}
---
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenPolicy
metadata: {name: names, namespace: tokenwright-system}
spec:
  clientIDs: {allowed: [legacy-orders]}
`

// operatorAccount is whose writes are counted.
const operatorAccount = "system:serviceaccount:" + stack.Namespace + ":tokenwright-operator"

// tenantWorld is the world of the tenant's stories.
type tenantWorld struct {
	*world

	log string // of kube-apiserver, of who asked for what
}

// TestTenant tells what an application team can do to others.
func TestTenant(t *testing.T) {
	objects, err := stack.Decode([]byte(platform))
	if err != nil {
		t.Fatal(err)
	}
	flags, log := live.AuditFlags(t)
	in := live.Start(t, stack.Options{Objects: objects, ExtraAPIServerArgs: flags})
	w := &tenantWorld{world: &world{Installation: in}, log: log}
	w.tell(t,
		story{"a team may write in its own namespace alone", w.rightsEndAtTheNamespace},
		story{"a local policy that was never accepted holds nothing up", w.refusedLocalPolicy},
		story{"a root policy that was never accepted holds back only what it might have given", w.refusedRootPolicy},
		story{"a deletion that orphans revives nothing", w.orphanedSecret},
		story{"a Secret that names another's client wakes nobody", w.foreignAnnotation},
		story{"large Secrets are not kept", w.largeSecretsAreNotKept},
		story{"what cannot be written is not written again and again", w.writeLoops},
		story{"one team's noise is not another's delay", w.noise},
		story{"policies beyond those that count are told so", w.tooManyPolicies},
	)
}

// asked reads what the operator has asked of the API server since a moment.
func (w *tenantWorld) asked(t *testing.T, since time.Time, which func(live.Audited) bool) []live.Audited {
	t.Helper()
	file, err := os.Open(w.log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := live.ReadAudit(file)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(a live.Audited) bool {
		return a.Account != operatorAccount || a.At.Before(since) || !which(a)
	})
}

// reads tells whether a request changes nothing.
func reads(a live.Audited) bool { return slices.Contains([]string{"get", "list", "watch"}, a.Verb) }

// rightsEndAtTheNamespace is what all other stories rest on.
func (w *tenantWorld) rightsEndAtTheNamespace(t *testing.T, _ *world) {
	own, other := newTeam(t, w.world, "team-own"), newTeam(t, w.world, "team-other")
	live.Create(t, own.hands, own.policy("own", build.MaxLifetime("5m")))
	for name, err := range map[string]error{
		"a policy of another team": own.hands.Create(t.Context(), other.policy("foreign")),
		"a client of another team": own.hands.Create(t.Context(), other.oauthClient("foreign")),
		"a root policy":            own.hands.Create(t.Context(), build.TokenPolicy(stack.Namespace+"/foreign")),
		"registrations":            own.hands.Get(t.Context(), keyOf(stack.Namespace, "any"), other.secret("any")),
		"grants":                   own.hands.List(t.Context(), &v1alpha1.TokenGrantList{}),
	} {
		if !apierrors.IsForbidden(err) {
			t.Errorf("%s: %v, want it forbidden", name, err)
		}
	}
}
