package rights

import (
	"os"
	"testing"

	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// TestRights lets operator and issuer do all that they can do, and then compares what they asked for with what they may.
func TestRights(t *testing.T) {
	flags, log := live.AuditFlags(t)
	in := live.Start(t, stack.Options{Samples: true, TLS: true, ExtraAPIServerArgs: flags, OperatorArgs: []string{"--leader-elect"}})
	told := true
	for _, story := range []struct {
		name string
		tell func(*testing.T, *live.Installation)
	}{
		{"something has expired", leaveExpired},
		{"people come and go", peopleComeAndGo},
		{"a stranger asks", strangerAsks},
		{"a replica comes and goes", replicaComesAndGoes},
		{"nobody serves an issuer", issuerNobodyServes},
		{"another operator leads", anotherLeads},
		{"a client comes and goes", clientComesAndGoes},
		{"a policy comes and goes", policyComesAndGoes},
		{"an issuer is managed", issuerIsManaged},
		{"a replica is forgotten", replicaIsForgotten},
		{"what has expired is swept", expiredIsSwept},
		{"what nobody granted is refused", beyondIsRefused},
	} {
		told = told && t.Run(story.name, func(t *testing.T) { story.tell(t, in) })
	}
	all := asked(t, log)
	for account, rights := range granted(t) {
		wantNoneRefused(t, account, all)
		if told { // or they would look unused
			wantAllUsed(t, account, rights, all)
		}
	}
}

// asked is what operator and issuer asked for.
func asked(t *testing.T, log string) []request {
	t.Helper()
	file, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := readAudit(file)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// silent are rights that no request may show, each with the reason.
var silent = map[right]string{
	{"bind", "rbac.authorization.k8s.io", "clusterroles", stack.Namespace}: "the API server asks for it when a RoleBinding " +
		"is made; beyondIsRefused tries with it and without",
	{"patch", "events.k8s.io", "events", ""}: "a series of Events of a client needs two passes over one version of it, which " +
		"a cache that lags makes; keysBeginToSign shows one of an issuer",
}

// wantNoneRefused wants nothing that an account asked for to have been refused, and nothing elsewhere of the issuer.
func wantNoneRefused(t *testing.T, account string, all []request) {
	t.Helper()
	refused := map[right]bool{}
	for _, r := range all {
		if r.account != account {
			continue
		}
		if r.refused() && !refused[r.right] {
			t.Errorf("%s was refused to %s", account, r.right)
			refused[r.right] = true
		}
		if account == issuerAccount && r.right.namespace != stack.Namespace {
			t.Errorf("the issuer asked to %s, which is not its namespace", r.right)
		}
	}
}

// wantAllUsed wants an account to have used all that it may do.
func wantAllUsed(t *testing.T, account string, granted []right, all []request) {
	t.Helper()
	for _, grant := range unused(granted, used(all, account)) {
		if silent[grant] == "" {
			t.Errorf("%s may %s and never did", account, grant)
		}
	}
}
