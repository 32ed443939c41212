package kill

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// crowd is how many clients there are, one namespace after the other, and kinds of lives.
const (
	crowd      = 200
	namespaces = 3
)

// A life is what befalls one client after it was created. Half of them end.
const (
	leavesAtOnce = iota // perhaps before anything was done for it
	leaves
	leavesSoon
	losesAndLeaves // the Secret first
	loses
	losesSoon
	losesTwice
	stays
	kindsOfLife
)

// lives is the crowd, and what it met with.
type lives struct {
	in   *live.Installation
	keys *publicKeys
	// over is closed when every life has run its course.
	over   chan struct{}
	cancel context.CancelFunc
	busy   sync.WaitGroup

	mu       sync.Mutex
	tally    map[string]int
	problems []string
	held     map[client.ObjectKey][]live.Credentials // all that were ever in the client's Secret
	arrivals map[client.ObjectKey]chan live.Credentials
}

// begin lets all lives run, each in its own time.
func begin(t *testing.T, in *live.Installation, keys *publicKeys, seed uint64) *lives {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*live.Patience)
	l := &lives{
		in: in, keys: keys, over: make(chan struct{}), cancel: cancel, tally: map[string]int{},
		held: map[client.ObjectKey][]live.Credentials{}, arrivals: map[client.ObjectKey]chan live.Credentials{},
	}
	for i := range crowd {
		l.arrivals[key(i)] = make(chan live.Credentials, kindsOfLife) // room for all versions, so that the witness never waits
	}
	l.busy.Go(func() { l.witness(ctx) })
	var running sync.WaitGroup
	for i := range crowd {
		running.Go(func() { l.live(ctx, i, rand.New(rand.NewPCG(seed, uint64(i)+1))) })
	}
	running.Go(func() { l.changeAlgorithms(ctx) })
	l.busy.Go(func() {
		running.Wait()
		close(l.over)
	})
	return l
}

// key names a client.
func key(i int) client.ObjectKey {
	return client.ObjectKey{Namespace: fmt.Sprintf("crowd-%d", i%namespaces), Name: fmt.Sprintf("client-%d", i)}
}

func object(i int) *v1alpha1.OAuthClient {
	oc := &v1alpha1.OAuthClient{ObjectMeta: metav1.ObjectMeta{Namespace: key(i).Namespace, Name: key(i).Name}}
	oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.ClientCredentials}
	oc.Spec.Scopes = []v1alpha1.Scope{"work"}
	oc.Spec.Audiences = []v1alpha1.Audience{"https://work.example"}
	return oc
}

// live is one life.
func (l *lives) live(ctx context.Context, i int, chance *rand.Rand) {
	pause := func(most time.Duration) {
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(chance.Int64N(int64(most)))):
		}
	}
	pause(10 * time.Second)
	l.check(ctx, "create", l.in.Client.Create(ctx, object(i)))
	kind := i % kindsOfLife
	if kind == leavesAtOnce {
		pause(time.Second)
		l.leave(ctx, i)
		return
	}
	for range losses(kind) + 1 {
		credentials, ok := l.arrive(ctx, i)
		if !ok {
			return
		}
		l.use(ctx, credentials)
		if kind != leavesSoon && kind != losesSoon {
			pause(2 * time.Second)
		}
		if losses(kind) > 0 && len(l.heldBy(i)) <= losses(kind) {
			l.lose(ctx, i)
		}
	}
	if ends(i) {
		l.leave(ctx, i)
	}
}

// losses is how often the Secret goes in a life of that kind.
func losses(kind int) int {
	switch kind {
	case losesAndLeaves, loses, losesSoon:
		return 1
	case losesTwice:
		return 2
	default:
		return 0
	}
}

func ends(i int) bool { return i%kindsOfLife <= losesAndLeaves }

// arrive waits until the Secret of a client holds what it did not hold before.
func (l *lives) arrive(ctx context.Context, i int) (live.Credentials, bool) {
	select {
	case credentials := <-l.arrivals[key(i)]:
		return credentials, true
	case <-ctx.Done():
		l.problem("%v got no credentials", key(i))
		return live.Credentials{}, false
	}
}

// use gets a token, as often as it takes. What is in a Secret is known to the issuer, so only an issuer that is dead, or
// not up yet, can be the reason that it takes more than one attempt.
func (l *lives) use(ctx context.Context, credentials live.Credentials) {
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for ctx.Err() == nil {
		verifier, asked := l.keys.verifier(), time.Now()
		answer, err := l.in.AskToken(ctx, credentials)
		switch {
		case err != nil:
			l.count("asked a dead issuer")
		case answer.Status == http.StatusOK:
			l.count("tokens")
			if err := l.judge(ctx, verifier, answer.Token().AccessToken, asked); err != nil {
				l.problem("token of %s: %v", credentials.ClientID, err)
			}
			return
		default:
			l.count(answer.Says())
		}
		<-pause.C
	}
	l.problem("%s never got a token", credentials.ClientID)
}

// lose deletes the Secret of a client.
func (l *lives) lose(ctx context.Context, i int) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: key(i).Namespace, Name: key(i).Name + "-oauth"}}
	l.check(ctx, "delete Secret", l.in.Client.Delete(ctx, secret))
	l.count("Secrets lost")
}

func (l *lives) leave(ctx context.Context, i int) {
	l.check(ctx, "delete", l.in.Client.Delete(ctx, object(i)))
	l.count("clients gone")
}

// changeAlgorithms makes the operator generate, publish and retire keys.
func (l *lives) changeAlgorithms(ctx context.Context) {
	pause := time.NewTicker(3 * time.Second)
	defer pause.Stop()
	for _, algorithms := range [][]v1alpha1.SigningAlgorithm{
		{v1alpha1.RS256, v1alpha1.ES256}, {v1alpha1.ES256}, {v1alpha1.EdDSA, v1alpha1.ES256}, {v1alpha1.ES256, v1alpha1.RS256},
	} {
		<-pause.C
		ti := &v1alpha1.TokenIssuer{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: stack.DefaultIssuer}}
		change := client.MergeFrom(ti.DeepCopy())
		ti.Spec.Signing = &v1alpha1.Signing{Algorithms: algorithms}
		l.check(ctx, "change algorithms", l.in.Client.Patch(ctx, ti, change))
	}
}

// witness sees every version of every Secret of the crowd.
func (l *lives) witness(ctx context.Context) {
	events, err := l.in.Client.Watch(ctx, &corev1.SecretList{}, client.HasLabels{v1alpha1.ClientLabel})
	if err != nil {
		l.problem("watch Secrets: %v", err)
		return
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		if secret, ok := event.Object.(*corev1.Secret); ok && event.Type != watch.Deleted {
			l.notice(secret)
		}
	}
	if ctx.Err() == nil {
		l.problem("the watch of Secrets ended")
	}
}

// notice keeps what a Secret holds, if that is new. One that is empty belonged to a client that is being deleted.
func (l *lives) notice(secret *corev1.Secret) {
	owner := client.ObjectKey{Namespace: secret.Namespace, Name: secret.Labels[v1alpha1.ClientLabel]}
	credentials := l.in.CredentialsIn(secret)
	if credentials.ClientSecret == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Contains(l.held[owner], credentials) {
		return
	}
	l.held[owner] = append(l.held[owner], credentials)
	l.arrivals[owner] <- credentials
}

func (l *lives) heldBy(i int) []live.Credentials {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held[key(i)]
}

func (l *lives) count(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally[what]++
}

func (l *lives) problem(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

func (l *lives) check(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		l.problem("%s: %v", what, err)
	}
}

// end says what went wrong, when all lives are over.
func (l *lives) end(t *testing.T) {
	t.Helper()
	l.cancel()
	l.busy.Wait()
	for _, problem := range l.problems {
		t.Error(problem)
	}
}

// judge verifies a token against the keys that were known before it was asked for.
func (l *lives) judge(ctx context.Context, verifier *oidc.IDTokenVerifier, raw string, asked time.Time) error {
	parsed, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.EdDSA})
	if err != nil {
		return err
	}
	l.keys.saw(parsed.Headers[0].KeyID, asked)
	_, err = verifier.Verify(ctx, raw)
	return err
}
