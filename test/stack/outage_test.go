package stack

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"tokenwright.dev/test/stack/live"
)

// load is a few users who never stop asking.
type load struct {
	cancel context.CancelFunc
	users  sync.WaitGroup

	mu       sync.Mutex
	answers  map[string]int // by what was asked
	failures []string
	slowest  time.Duration
}

// begin starts the users: each asks its question a hundred times a second.
func begin(t *testing.T, in *live.Installation) *load {
	t.Helper()
	_, orders := ready(t, in, "team-orders", "orders")
	_, ordersAPI := ready(t, in, "team-orders", "orders-api")
	token := in.Token(t, orders.Config()).AccessToken
	page := func(path string) func(context.Context) (live.Answer, error) {
		return func(ctx context.Context) (live.Answer, error) { return in.Get(ctx, in.IssuerURL+path) }
	}
	introspected := askIntrospection(in, introspectionEndpoint(t, in), ordersAPI, token)
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{cancel: cancel, answers: map[string]int{}}
	for question, ask := range map[string]func(context.Context) (live.Answer, error){
		"token":         askToken(in, orders),
		"introspection": introspected,
		"jwks":          page("/jwks"),
		"metadata":      page("/.well-known/openid-configuration"),
		"readyz":        page("/readyz"),
	} {
		l.users.Go(func() { l.use(ctx, question, ask) })
	}
	return l
}

func (l *load) use(ctx context.Context, question string, ask func(context.Context) (live.Answer, error)) {
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		began := time.Now()
		answer, err := ask(ctx)
		if ctx.Err() != nil {
			return
		}
		l.count(question, answer, err, time.Since(began))
	}
}

func (l *load) count(question string, answer live.Answer, err error, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[question]++
	l.slowest = max(l.slowest, took)
	if err != nil || answer.Status != http.StatusOK || string(answer.Body) == inactive {
		l.failures = append(l.failures, fmt.Sprintf("%s: %s %.40s %v", question, answer.Says(), answer.Body, err))
	}
}

// more waits until each question has been answered so many times more.
func (l *load) more(t *testing.T, times int) {
	t.Helper()
	from := l.counts()
	deadline, look := time.After(live.Patience), time.NewTicker(10*time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-deadline:
			t.Fatalf("not every question was answered %d times: %v, then %v", times, from, l.counts())
		case <-look.C:
		}
		enough, now := true, l.counts()
		for question, before := range from {
			enough = enough && now[question] >= before+times
		}
		if enough {
			return
		}
	}
}

func (l *load) counts() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.answers)
}

// end stops the users, who must not have noticed anything.
func (l *load) end(t *testing.T) {
	t.Helper()
	l.cancel()
	l.users.Wait()
	t.Logf("answers: %v, the slowest after %v", l.answers, l.slowest.Round(100*time.Microsecond))
	if len(l.failures) > 0 {
		t.Errorf("%d requests failed, the first: %s", len(l.failures), l.failures[0])
	}
}

// operatorAway kills the operator, without a word. Who has a client keeps it; who wants one waits.
func operatorAway(t *testing.T, in *live.Installation) {
	users := begin(t, in)
	users.more(t, 5)
	if err := in.Operator.Kill(); err != nil {
		t.Fatal(err)
	}
	create(t, in, job("team-orders", "patient"))
	users.more(t, 50)
	began := time.Now()
	if err := in.StartOperator(t.Context()); err != nil {
		t.Fatal(err)
	}
	back := time.Since(began)
	_, credentials := ready(t, in, "team-orders", "patient")
	t.Logf("the operator was back after %v, the client Ready %v later", back.Round(time.Millisecond), (time.Since(began) - back).Round(time.Millisecond))
	in.Token(t, credentials.Config())
	users.end(t)
}

// apiServerAway stops kube-apiserver for a while, under load.
func apiServerAway(t *testing.T, in *live.Installation) {
	_, orders := ready(t, in, "team-orders", "orders")
	users := begin(t, in)
	users.more(t, 5)
	began := time.Now()
	if err := in.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	stopped := time.Since(began)
	users.more(t, 100)
	unknown, wrong := orders, orders
	unknown.ClientID = "team-orders.nobody"
	wrong.ClientSecret += "x"
	for name, credentials := range map[string]live.Credentials{"an unknown client": unknown, "a wrong secret": wrong} {
		asked := time.Now()
		answer, err := in.AskToken(t.Context(), credentials)
		took := time.Since(asked)
		t.Logf("%s: %s after %v", name, answer.Says(), took.Round(100*time.Microsecond))
		if err != nil || answer.Status != http.StatusUnauthorized || answer.Token().Error != "invalid_client" {
			t.Errorf("%s: %s (%v), want 401 invalid_client", name, answer.Says(), err)
		}
		if took > time.Second {
			t.Errorf("%s was refused after %v, want less than a second", name, took)
		}
	}
	again := time.Now()
	if err := in.StartAPIServer(); err != nil {
		t.Fatal(err)
	}
	users.more(t, 5)
	started := time.Now()
	create(t, in, job("team-orders", "late"))
	_, credentials := ready(t, in, "team-orders", "late")
	in.Token(t, credentials.Config())
	t.Logf("kube-apiserver stopped in %v, was away for %v, started in %v; a new client had its token %v later",
		stopped.Round(time.Millisecond), again.Sub(began).Round(time.Millisecond), started.Sub(again).Round(time.Millisecond),
		time.Since(started).Round(time.Millisecond))
	users.end(t)
	if !in.Standing() {
		t.Error("operator or issuer ended meanwhile, want both to have waited")
	}
}
