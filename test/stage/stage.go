package stage

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/accepted"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/controllers/oauthclient"
	"tokenwright.dev/controllers/tokenissuer"
	"tokenwright.dev/controllers/tokenpolicy"
	"tokenwright.dev/test/env"
)

// patience bounds every wait for the API server; only a broken test gets near it.
const patience = time.Minute

// debug is what an operator logs at most: slog's debug level, as logr counts it.
const debug = 4

// Stage is one operator's world. Its namespaces are its own; the API server is shared.
type Stage struct {
	*env.Env
	// System is the namespace whose TokenIssuers are served, Apps one of an application team.
	System, Apps string
	// Cached is what reconcilers use: it reads from the cache, and its writes stand in the ledger.
	Cached client.Client
	Clock  *clocktesting.FakePassiveClock
	// Events are what the reconcilers told.
	Events *events.FakeRecorder

	namespaces map[string]bool
	ledger     *ledger
	cache      *standingCache
	direct     client.Client
	logs       strings.Builder
}

// New builds a stage, with an empty ledger and a cache that runs.
func New(t *testing.T) *Stage {
	t.Helper()
	ctrl.SetLogger(logr.Discard()) // what reconcilers log goes to Logs; what the libraries log is of no interest
	s := &Stage{
		Env: env.Start(t), namespaces: map[string]bool{}, ledger: new(ledger),
		Clock:  clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
		Events: events.NewFakeRecorder(1024),
	}
	t.Cleanup(func() { s.clear(t) })
	s.System, s.Apps = s.Namespace(t), s.Namespace(t)
	s.Thaw(t)
	return s
}

// Namespace makes one more namespace of this stage.
func (s *Stage) Namespace(t *testing.T) string {
	t.Helper()
	name := s.Env.Namespace(t)
	s.namespaces[name] = true
	return name
}

// clear removes the clients of this stage: those that name no issuer would be clients of the next stage's.
func (s *Stage) clear(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	for namespace := range s.namespaces {
		var list v1alpha1.OAuthClientList
		if err := s.Client.List(ctx, &list, client.InNamespace(namespace)); err != nil {
			t.Error(err)
		}
		for i := range list.Items {
			oc := &list.Items[i]
			oc.Finalizers = nil
			if err := s.Client.Update(ctx, oc); err != nil {
				t.Error(err)
			}
			if err := s.Client.Delete(ctx, oc); client.IgnoreNotFound(err) != nil {
				t.Error(err)
			}
		}
	}
}

// Issuer is the key of the default issuer, which a test has yet to create.
func (s *Stage) Issuer() types.NamespacedName {
	return types.NamespacedName{Namespace: s.System, Name: "default"}
}

// Finder finds clients in the cache.
func (s *Stage) Finder() clients.Finder {
	return clients.Finder{Cache: s.Cached, DefaultIssuer: s.Issuer()}
}

// Versions are the accepted versions of this stage's policies.
func (s *Stage) Versions() accepted.Versions {
	return accepted.Versions{Live: s.Client, IssuerNamespaces: []string{s.System}}
}

// OAuthClients is the reconciler of OAuthClients.
func (s *Stage) OAuthClients() *oauthclient.Reconciler {
	return &oauthclient.Reconciler{
		Client: s.Cached, Live: s.Client, Clock: s.Clock, Events: s.Events, Clients: s.Finder(), Versions: s.Versions(),
		Policies: accepted.NewBook(s.Cached, s.Versions()),
	}
}

// Rival is the reconciler of another operator that believes to lead as well: its writes stand in no ledger.
func (s *Stage) Rival() *oauthclient.Reconciler {
	rival := s.OAuthClients()
	rival.Client = s.direct
	return rival
}

// TokenPolicies is the reconciler of TokenPolicies.
func (s *Stage) TokenPolicies() *tokenpolicy.Reconciler {
	return &tokenpolicy.Reconciler{
		Client: s.Cached, Clock: s.Clock, Events: s.Events, Clients: s.Finder(), Versions: s.Versions(),
		Policies: accepted.NewBook(s.Cached, s.Versions()),
	}
}

// TokenIssuers is the reconciler of TokenIssuers.
func (s *Stage) TokenIssuers() *tokenissuer.Reconciler {
	return &tokenissuer.Reconciler{
		Client: s.Cached, Live: s.Client, Clock: s.Clock, Events: s.Events, Clients: s.Finder(),
		IssuerNamespaces: []string{s.System},
	}
}

// Logs are what the reconcilers logged.
func (s *Stage) Logs() string { return s.logs.String() }

// logging gives reconcilers a logger that is kept.
func (s *Stage) logging(ctx context.Context) context.Context {
	return logr.NewContext(ctx, funcr.New(func(prefix, args string) { s.logs.WriteString(prefix + " " + args + "\n") },
		funcr.Options{Verbosity: debug}))
}

// Thaw gives the stage a cache that follows the API server, in place of any that stands still.
func (s *Stage) Thaw(t *testing.T) {
	t.Helper()
	s.Freeze()
	s.cache = newCache(t, s)
	reader := client.Options{Scheme: s.Scheme, Cache: &client.CacheOptions{Reader: s.cache}}
	direct, err := client.NewWithWatch(s.Config, reader)
	if err != nil {
		t.Fatal(err)
	}
	s.direct = direct
	s.Cached = interceptor.NewClient(direct, s.ledger.funcs())
}

// Freeze makes the cache stand still, so that reconcilers see what is no longer true.
func (s *Stage) Freeze() {
	if s.cache != nil {
		s.cache.stop()
	}
}

// Frozen tells whether the cache stands still.
func (s *Stage) Frozen() bool {
	select {
	case <-s.cache.done:
		return true
	default:
		return false
	}
}
