package registry_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// reader answers live reads from updates, and counts them.
type reader struct {
	mu      sync.Mutex
	updates map[string]registry.Update
	err     error
	reads   atomic.Int32
	// during is called within each read.
	during func(ctx context.Context) error
}

func (r *reader) Read(ctx context.Context, clientID string) (registry.Update, error) {
	r.reads.Add(1)
	if r.during != nil {
		if err := r.during(ctx); err != nil {
			return registry.Update{}, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.updates[clientID], r.err
}

func (r *reader) set(u registry.Update) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.updates == nil {
		r.updates = map[string]registry.Update{}
	}
	r.updates[u.Client.ID()] = u
}

func with(r *reader) issuertest.Option {
	return issuertest.With(func(c *issuer.Config) { c.Reader = r })
}

func credentials(id, secret string) oauth.Credentials {
	return oauth.Credentials{ClientID: id, Secret: secret, Method: oauth.MethodBasic}
}

func TestAuthenticate(t *testing.T) {
	server := issuertest.New(t)
	server.Register(&registration.Registration{ClientID: "shop.none"})
	for _, tc := range []struct {
		name        string
		credentials oauth.Credentials
		want        oauth.Code
	}{
		{"right", credentials(issuertest.ClientID, issuertest.ClientSecret), ""},
		{"X-20 wrong secret", credentials(issuertest.ClientID, "wrong"), oauth.InvalidClient},
		{"X-20 unknown client", credentials("nobody", issuertest.ClientSecret), oauth.InvalidClient},
		{"X-20 client without credentials", credentials("shop.none", "x"), oauth.InvalidClient},
		{"another client's secret", credentials(issuertest.GuardID, issuertest.ClientSecret), oauth.InvalidClient},
		{"CA-08 no secret", oauth.Credentials{ClientID: issuertest.ClientID, Method: oauth.MethodNone}, oauth.InvalidClient},
		{"nothing", oauth.Credentials{}, oauth.InvalidClient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client, err := server.Registry.Authenticate(t.Context(), tc.credentials, "192.0.2.1")
			if oauth.CodeOf(err) != tc.want || (err == nil) != (client != nil) {
				t.Errorf("Authenticate(%v) = %v, %v, want code %q", tc.credentials, client, err, tc.want)
			}
		})
	}
}

// whoever is refused learns nothing, whatever the reason.
func TestRefusalsAreAlike(t *testing.T) {
	server := issuertest.New(t)
	_, unknown := server.Registry.Authenticate(t.Context(), credentials("nobody", "wrong"), "192.0.2.1")
	_, wrong := server.Registry.Authenticate(t.Context(), credentials(issuertest.ClientID, "wrong"), "192.0.2.1")
	if diff := cmp.Diff(unknown.Error(), wrong.Error()); diff != "" {
		t.Errorf("refusals differ (-unknown +wrong):\n%s", diff)
	}
}

func TestReadThrough(t *testing.T) {
	for _, tc := range []struct {
		name   string
		live   registry.Update
		fails  error
		id     string
		secret string
		want   oauth.Code
	}{
		{"unknown here, registered there", version("new", 5), nil, "new", secretOf(5), ""},
		{"a newer secret", version("old", 5), nil, "old", secretOf(5), ""},
		{"nothing there", registry.Update{}, nil, "new", "x", oauth.InvalidClient},
		{"nothing new there", version("old", 1), nil, "old", "x", oauth.InvalidClient},
		{"wrong there, too", version("old", 5), nil, "old", "x", oauth.InvalidClient},
		{"what the watch saw end must not come back", version("new", 3), nil, "new", secretOf(3), oauth.InvalidClient},
		{"cannot be read there", damaged("new", 5), nil, "new", "x", oauth.InvalidClient},
		{"the API server is away", registry.Update{}, errors.New("connection refused"), "new", "x", oauth.InvalidClient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			live := &reader{updates: map[string]registry.Update{tc.id: tc.live}, err: tc.fails}
			server := issuertest.New(t, issuertest.Bare(), with(live))
			server.Registry.Apply(version("old", 1))
			server.Registry.Passed(4)
			_, err := server.Registry.Authenticate(t.Context(), credentials(tc.id, tc.secret), "192.0.2.1")
			if oauth.CodeOf(err) != tc.want {
				t.Errorf("%v, want code %q", err, tc.want)
			}
			if live.reads.Load() != 1 {
				t.Errorf("%d live reads, want 1", live.reads.Load())
			}
		})
	}
}

// A watch that lags behind must not undo what a live read has found, and a list that was made before keeps it too.
func TestReadThroughStays(t *testing.T) {
	live := &reader{}
	live.set(version("a", 9))
	server := issuertest.New(t, issuertest.Bare(), with(live))
	server.Registry.Apply(version("a", 5))
	if _, err := server.Registry.Authenticate(t.Context(), credentials("a", secretOf(9)), "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	server.Registry.Apply(version("a", 7))
	server.Registry.Replace([]registry.Update{version("a", 8)}, 8)
	if got := held(server.Registry, "a")["a"]; got != 9 {
		t.Errorf("version %d, want 9", got)
	}
	server.Registry.Replace(nil, 10)
	if server.Registry.Snapshot().Len() != 0 {
		t.Error("a client that is gone from a newer list stays")
	}
}

func TestReadThroughIsNotMadeForTheRight(t *testing.T) {
	live := &reader{}
	server := issuertest.New(t, with(live))
	for range 100 {
		if _, err := server.Registry.Authenticate(t.Context(), credentials(issuertest.ClientID, issuertest.ClientSecret), "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	if live.reads.Load() != 0 {
		t.Errorf("%d live reads", live.reads.Load())
	}
}

// Nobody makes the API server work: neither by one client, nor by many, nor from many places.
func TestReadThroughBudgets(t *testing.T) {
	for _, tc := range []struct {
		name   string
		client func(i int) string
		source func(i int) string
		most   int32
	}{
		{"one client", func(int) string { return "a" }, func(i int) string { return fmt.Sprint("192.0.2.", i%250) }, 5 + 10},
		{"one source", func(i int) string { return fmt.Sprint("c", i) }, func(int) string { return "192.0.2.1" }, 50 + 100},
		{"many of both", func(i int) string { return fmt.Sprint("c", i) }, func(i int) string { return fmt.Sprint("2001:db8:", i%5000, "::1") }, 200 + 500},
	} {
		t.Run(tc.name, func(t *testing.T) {
			live := &reader{}
			server := issuertest.New(t, issuertest.Bare(), with(live))
			const attempts = 10_000
			for i := range attempts {
				server.Clock.Step(10 * time.Second / attempts)
				_, _ = server.Registry.Authenticate(t.Context(), credentials(tc.client(i), "wrong"), tc.source(i))
			}
			if reads := live.reads.Load(); reads > tc.most || reads < tc.most/3 {
				t.Errorf("%d live reads within 10 seconds, want at most %d", reads, tc.most)
			}
		})
	}
}

// A read that brought nothing is believed for a second, and no longer.
func TestReadThroughMemory(t *testing.T) {
	live := &reader{}
	server := issuertest.New(t, issuertest.Bare(), with(live))
	for _, step := range []struct {
		after time.Duration
		want  int32
	}{{0, 1}, {0, 1}, {900 * time.Millisecond, 1}, {200 * time.Millisecond, 2}} {
		server.Clock.Step(step.after)
		_, _ = server.Registry.Authenticate(t.Context(), credentials("a", "wrong"), "192.0.2.1")
		if live.reads.Load() != step.want {
			t.Errorf("%d live reads, want %d", live.reads.Load(), step.want)
		}
	}
}

func TestReadThroughIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := &reader{during: func(ctx context.Context) error {
			select {
			case <-time.After(100 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		live.set(version("a", 5))
		server := issuertest.New(t, issuertest.Bare(), with(live))
		impatient, leave := context.WithTimeout(t.Context(), time.Millisecond)
		defer leave()
		var requests sync.WaitGroup
		for i := range 50 {
			requests.Go(func() {
				ctx := t.Context()
				if i == 0 {
					ctx = impatient // whoever began the read leaves, and the others still get their answer
				}
				_, _ = server.Registry.Authenticate(ctx, credentials("a", secretOf(5)), "192.0.2.1")
			})
			synctest.Wait()
		}
		requests.Wait()
		if live.reads.Load() != 1 || !server.Registry.Snapshot().Known("a") {
			t.Errorf("%d live reads, want 1", live.reads.Load())
		}
	})
}

func TestReadThroughEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := &reader{during: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		server := issuertest.New(t, issuertest.Bare(), with(live))
		began := time.Now()
		if _, err := server.Registry.Authenticate(t.Context(), credentials("a", "x"), "192.0.2.1"); oauth.CodeOf(err) != oauth.InvalidClient {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took != 500*time.Millisecond {
			t.Errorf("refused after %v, want 500ms", took)
		}
	})
}

// CA-10: two secrets stand side by side until the older one ends.
func TestOverlap(t *testing.T) {
	server := issuertest.New(t)
	r := issuertest.NewRegistration("shop.rotating", "new")
	r.Credentials = append(r.Credentials, registration.Credential{
		ID: "0", SecretHash: registration.HashSecret("old"), NotAfter: issuertest.Start.Add(time.Hour),
	})
	server.Register(r)
	for _, tc := range []struct {
		after  time.Duration
		secret string
		want   oauth.Code
	}{
		{0, "new", ""},
		{0, "old", ""},
		{time.Hour - time.Second, "old", ""},
		{time.Second, "old", oauth.InvalidClient},
		{0, "new", ""},
	} {
		server.Clock.Step(tc.after)
		if _, err := server.Registry.Authenticate(t.Context(), credentials("shop.rotating", tc.secret), "192.0.2.1"); oauth.CodeOf(err) != tc.want {
			t.Errorf("%s secret after another %v: %v, want %q", tc.secret, tc.after, err, tc.want)
		}
	}
}

// Requests see one version or the next, and never wait for a writer.
func TestPublishDuringRequests(t *testing.T) {
	server := issuertest.New(t)
	ring := issuertest.NewRing(t, 1, keys.XC20P)
	right := credentials(issuertest.ClientID, issuertest.ClientSecret)
	stop := make(chan struct{})
	var writers, readers sync.WaitGroup
	writers.Go(func() {
		for i := uint64(100); ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			server.Registry.Apply(issuertest.Update(issuertest.Client(), i))
			server.Registry.Apply(version(fmt.Sprint("other-", i%500), i))
			server.Registry.Delete(registration.SecretName(issuertest.Name, fmt.Sprint("other-", i%400)), i)
			if err := server.Registry.UseSealing(ring); err != nil {
				t.Error(err)
			}
			if i%100 == 0 {
				server.Registry.Replace([]registry.Update{issuertest.Update(issuertest.Client(), i)}, i)
			}
		}
	})
	for range 4 {
		readers.Go(func() {
			for range 5000 {
				if _, err := server.Registry.Authenticate(t.Context(), right, "192.0.2.1"); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	readers.Wait()
	close(stop)
	writers.Wait()
}
