package hostile

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

// The noise of one team: so many policies, each of which governs so many clients, and one of which is edited each second.
const (
	noisyPolicies = 240
	noisyClients  = 360
	noisyHands    = 8
)

// rounds is how often another team does each thing meanwhile.
func rounds() int {
	if measure {
		return 30
	}
	return 3
}

// noise lets one team be as loud as it may, and another one do what it does every day.
func (w *tenantWorld) noise(t *testing.T, _ *world) {
	loud, quiet := newTeam(t, w.world, "team-loud"), newTeam(t, w.world, "team-quiet")
	live.Create(t, w.Client, root("quiet", selectNamespace(quiet.namespace), build.MaxLifetime("50m")))
	orders := quiet.register(t, "orders", build.Lifetime("1h"))
	loud.makeNoise(t)
	var ready, tightened, deleted []time.Duration
	for i := range rounds() {
		name := fmt.Sprintf("client-%02d", i)
		began := time.Now()
		credentials, ok := quiet.readySoon(t, name)
		ready = append(ready, time.Since(began))
		seconds := int64(1200 + i)
		began = time.Now()
		live.Change(t, w.Client, root("quiet"), build.MaxLifetime(fmt.Sprintf("%ds", seconds)))
		w.wantToken(t, orders, "a shorter token", func(a live.Token) bool { return a.ExpiresIn == seconds })
		tightened = append(tightened, time.Since(began))
		began = time.Now()
		live.Remove(t, quiet.hands, quiet.oauthClient(name))
		if ok {
			w.wantRefused(t, credentials)
			deleted = append(deleted, time.Since(began))
		}
	}
	w.figures.times("noise", "another's new client is Ready", ready)
	w.figures.times("noise", "a root policy for another is in force", tightened)
	w.figures.times("noise", "another's deletion is in force", deleted)
}

// readySoon registers a client, and gives up when that takes too long.
func (m *team) readySoon(t *testing.T, name string) (live.Credentials, bool) {
	t.Helper()
	oc := m.oauthClient(name)
	live.Create(t, m.hands, oc)
	if m.within(t, "another team's client to be Ready", func() bool {
		if err := m.hands.Get(t.Context(), client.ObjectKeyFromObject(oc), oc); err != nil {
			t.Fatal(err)
		}
		return live.IsReady(oc)
	}) {
		return m.Credentials(t, oc), true
	}
	return live.Credentials{}, false
}

// makeNoise begins with all at once, clients first, which would wait beside more policies than count; and goes on until the
// story ends.
func (m *team) makeNoise(t *testing.T) {
	t.Helper()
	var objects []client.Object
	for i := range noisyClients {
		objects = append(objects, m.oauthClient(fmt.Sprintf("client-%03d", i), build.Scopes("orders:read", "orders:write")))
	}
	for i := range noisyPolicies {
		objects = append(objects, m.policy(fmt.Sprintf("policy-%03d", i), build.MaxLifetime(fmt.Sprintf("%dm", 10+i%50))))
	}
	began := time.Now()
	m.createAll(t, objects)
	m.figures.note("noise", "made", len(objects), "objects in", time.Since(began).Round(100*time.Millisecond))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for turn := 0; ; turn++ {
			select {
			case <-ctx.Done():
				return
			case <-second.C:
			}
			edited := m.policy(fmt.Sprintf("policy-%03d", turn%noisyPolicies))
			change := fmt.Appendf(nil, `{"spec":{"accessToken":{"maxLifetime":"%ds"}}}`, 700+turn)
			_ = m.hands.Patch(ctx, edited, client.RawPatch("application/merge-patch+json", change))
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// tooMany are more policies in one namespace than can count.
const tooMany = policy.MaxLocalPolicies + 20

// tooManyPolicies adds to the noise until not all policies count, and wants to be told, by those and by a client.
func (w *tenantWorld) tooManyPolicies(t *testing.T, _ *world) {
	m := newTeam(t, w.world, "team-many")
	objects := []client.Object{m.oauthClient("orders")}
	for i := range tooMany {
		objects = append(objects, m.policy(fmt.Sprintf("policy-%03d", i), build.MaxLifetime("10m")))
	}
	m.createAll(t, objects)
	m.within(t, "policies that do not count to be told so", func() bool {
		var all v1alpha1.TokenPolicyList
		if err := m.hands.List(t.Context(), &all, client.InNamespace(m.namespace)); err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(all.Items, func(tp v1alpha1.TokenPolicy) bool {
			return live.Condition(&tp, v1alpha1.Accepted).Reason == v1alpha1.ReasonTooMany
		})
	})
	// A client of theirs has a status, whatever it says.
	late := m.oauthClient("late")
	live.Create(t, m.hands, late)
	m.within(t, "a client to be told where it stands", func() bool {
		if err := m.hands.Get(t.Context(), client.ObjectKeyFromObject(late), late); err != nil {
			t.Fatal(err)
		}
		return live.Condition(late, v1alpha1.Ready).Status != ""
	})
}

// createAll creates objects, several at a time.
func (m *team) createAll(t *testing.T, objects []client.Object) {
	t.Helper()
	next := make(chan client.Object)
	var running sync.WaitGroup
	for range noisyHands {
		running.Go(func() {
			for object := range next {
				if err := m.hands.Create(t.Context(), object); err != nil {
					t.Errorf("create %s: %v", object.GetName(), err)
				}
			}
		})
	}
	for _, object := range objects {
		next <- object
	}
	close(next)
	running.Wait()
}
