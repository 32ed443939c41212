package snapshot

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
	"tokenwright.dev/issuer/store"
)

// revocations are those of a test.
type revocations struct {
	mu      sync.Mutex
	known   map[string]store.Revocation
	changes uint64
}

func (r *revocations) Known() map[string]store.Revocation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known
}

func (r *revocations) Changes() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changes
}

func (r *revocations) Restore(known map[string]store.Revocation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = known
	r.changes++
}

// machine is where an issuer starts again and again: its folder and its keys stay.
type machine struct{ dir, keysFile string }

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{dir: t.TempDir(), keysFile: filepath.Join(t.TempDir(), "ring.json")}
	m.useKeys(t, issuertest.NewRing(t, 4, keys.XC20P))
	return m
}

func (m *machine) useKeys(t *testing.T, ring keys.Ring) {
	t.Helper()
	wire, err := keys.EncodeRing(ring)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.keysFile, wire, 0o600); err != nil {
		t.Fatal(err)
	}
}

// replica is an issuer on a machine that runs until the test ends, or stop is called.
type replica struct {
	*issuer.Issuer

	keeper      *Keeper
	revocations *revocations
	log         *issuertest.Buffer
	stop        func()
}

func (m *machine) start(t *testing.T, change ...func(*Config)) *replica {
	t.Helper()
	r := &replica{revocations: &revocations{}, log: &issuertest.Buffer{}}
	r.Issuer = issuer.New(issuer.Config{Name: "default", Log: slog.DiscardHandler})
	config := Config{
		Dir: m.dir, KeysFile: m.keysFile, MaxStaleness: time.Hour, Namespace: "tokenwright-system", Name: "default",
		Registry: r.Registry, Revocations: r.revocations, Metrics: r.Metrics, Now: time.Now, StandIn: r.Readiness.StandIn,
		Log: slog.New(slog.NewJSONHandler(r.log, nil)),
	}
	for _, c := range change {
		c(&config)
	}
	r.keeper = NewKeeper(config)
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.keeper.Run(ctx) })
	r.stop = sync.OnceFunc(func() { end(); running.Wait() })
	t.Cleanup(r.stop)
	return r
}

// told is what an API server that is there tells at once: a configuration, keys, a revocation, and clients by their IDs.
func (r *replica) told(t *testing.T, version uint64, clients ...string) {
	t.Helper()
	ring := issuertest.NewRing(t, 3, keys.ES256)
	wire, err := keys.EncodeRing(ring)
	if err != nil {
		t.Fatal(err)
	}
	set, err := keys.NewSet(ring)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]registry.Update, 0, len(clients))
	for i, id := range clients {
		list = append(list, issuertest.Update(issuertest.NewRegistration(id, "secret"), uint64(i+1)))
	}
	r.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL, Algorithms: []string{keys.ES256}})
	r.Registry.Replace(list, version)
	r.Registry.UseRing(set, wire)
	r.revocations.Restore(map[string]store.Revocation{"one": {TokenID: "jti", Expires: noon.Add(time.Hour)}})
	r.word()
}

// word is one on each resource.
func (r *replica) word() {
	for _, resource := range resources {
		r.keeper.Heard(resource)
	}
}

// after lets time pass.
func after(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the clock is the bubble's
	synctest.Wait()
}

// shows wants lines in the metrics.
func (r *replica) shows(t *testing.T, lines ...string) {
	t.Helper()
	w := httptest.NewRecorder()
	r.Operations.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range lines {
		if !strings.Contains(w.Body.String(), "\ntokenwright_issuer_"+line+"\n") {
			t.Errorf("the metrics do not show %s", line)
		}
	}
}

func (r *replica) ready() bool { return r.Registry.Snapshot().Complete() }

// TestStartFromSnapshot tells the whole story of one outage.
func TestStartFromSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		first := m.start(t)
		first.told(t, 10, "a", "b")
		after(2 * time.Second)
		first.shows(t, `snapshots_total{outcome="written"} 1`, `snapshot_stale 0`)
		first.stop()

		after(time.Minute)
		second := m.start(t)
		after(patience - time.Millisecond)
		if second.ready() {
			t.Error("a snapshot was taken before the API server had its time to answer")
		}
		after(time.Millisecond)
		if !second.ready() || second.Registry.Snapshot().Len() != 2 || len(second.revocations.Known()) != 1 {
			t.Fatalf("a snapshot was not taken: %s", second.log)
		}
		if second.Registry.Snapshot().SealingRevision() != 4 {
			t.Error("the sealing ring is not that of the file")
		}
		second.shows(t, `snapshots_total{outcome="taken"} 1`, `snapshot_stale 1`)
		after(30 * time.Minute)
		second.told(t, 20, "b", "c", "d")
		after(2 * time.Second)
		if second.Registry.Snapshot().Known("a") || !second.Registry.Snapshot().Known("d") {
			t.Error("what the API server says did not take the snapshot's place")
		}
		second.shows(t, `snapshots_total{outcome="written"} 1`, `snapshot_stale 0`)
		after(2 * time.Hour)
		if !second.ready() {
			t.Error("a replica that has synchronized once stopped serving")
		}
		if log := second.log.String(); strings.Count(log, "\n") != 2 || !strings.Contains(log, `"age":"1m`) {
			t.Errorf("want one line for the beginning and one for the end:\n%s", log)
		}
	})
}

// A snapshot serves until it is too old, and not for a moment longer.
func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		first := m.start(t)
		first.told(t, 10, "a")
		after(2 * time.Second)
		first.stop()
		second := m.start(t)
		after(time.Hour - 3*time.Second) // it tells of the first second
		if !second.ready() {
			t.Fatalf("not taken, or too early too old: %s", second.log)
		}
		after(time.Second)
		if second.ready() || second.Registry.Snapshot().Len() != 0 {
			t.Error("served from a snapshot that is too old")
		}
		if !strings.Contains(second.log.String(), "Serving nobody") {
			t.Errorf("nobody is told: %s", second.log)
		}
		second.told(t, 20, "a")
		after(2 * time.Second)
		if !second.ready() {
			t.Error("not serving, though the API server is back")
		}
	})
}

// Each snapshot that may not be taken is left alone, with one line of the log and one outcome.
func TestSnapshotIgnored(t *testing.T) {
	for _, tc := range []struct {
		name   string
		spoil  func(*testing.T, *machine)
		change func(*Config)
		want   audit.SnapshotOutcome
	}{
		{"missing", func(_ *testing.T, m *machine) { _ = os.Remove(file{m.dir}.path()) }, nil, audit.SnapshotMissing},
		{"old", func(t *testing.T, m *machine) { age(t, m, -2*time.Hour) }, nil, audit.SnapshotOld},
		{"from the future", func(t *testing.T, m *machine) { age(t, m, 2*time.Hour) }, nil, audit.SnapshotOld},
		{"of another TokenIssuer", nil, func(c *Config) { c.Name = "other" }, audit.SnapshotForeign},
		{"of another namespace", nil, func(c *Config) { c.Namespace = "other" }, audit.SnapshotForeign},
		{"under another ring", func(t *testing.T, m *machine) { m.useKeys(t, issuertest.NewRing(t, 5, keys.XC20P)) }, nil, audit.SnapshotLocked},
		{"without a ring", func(_ *testing.T, m *machine) { _ = os.Remove(m.keysFile) }, nil, audit.SnapshotLocked},
		{"damaged", func(t *testing.T, m *machine) { spoil(t, m, 300) }, nil, audit.SnapshotDamaged},
		{"of another version", func(t *testing.T, m *machine) { spoil(t, m, len(magic)-1) }, nil, audit.SnapshotVersion},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(t)
				first := m.start(t)
				first.told(t, 10, "a")
				after(2 * time.Second)
				first.stop()
				if tc.spoil != nil {
					tc.spoil(t, m)
				}
				if tc.change == nil {
					tc.change = func(*Config) {}
				}
				second := m.start(t, tc.change)
				after(time.Minute)
				if second.ready() || second.Registry.Snapshot().Len() != 0 {
					t.Error("it was taken")
				}
				second.shows(t, `snapshots_total{outcome="`+string(tc.want)+`"} 1`, `snapshot_stale 0`)
				if log := second.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, string(tc.want)) {
					t.Errorf("want one line about %s:\n%s", tc.want, log)
				}
				second.told(t, 20, "a")
				after(2 * time.Second)
				if !second.ready() {
					t.Error("not serving, though the API server is there")
				}
			})
		})
	}
}

// age says of the snapshot that it tells of another time.
func age(t *testing.T, m *machine, by time.Duration) {
	t.Helper()
	if err := (file{m.dir}).touch(time.Now().Add(by)); err != nil {
		t.Fatal(err)
	}
}

// spoil changes a byte, and nothing about the time.
func spoil(t *testing.T, m *machine, at int) {
	t.Helper()
	raw, err := os.ReadFile(file{m.dir}.path())
	if err != nil {
		t.Fatal(err)
	}
	raw[at] ^= 1
	if err := os.WriteFile(file{m.dir}.path(), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	age(t, m, 0)
}

// An API server that answers in time makes the snapshot unnecessary.
func TestSnapshotUnneeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		first := m.start(t)
		first.told(t, 10, "a")
		after(2 * time.Second)
		first.stop()
		second := m.start(t)
		after(patience / 2)
		second.told(t, 20, "b")
		after(patience)
		if second.Registry.Snapshot().Known("a") || !second.Registry.Snapshot().Known("b") || second.log.String() != "" {
			t.Errorf("the snapshot was taken: %s", second.log)
		}
	})
}

// A burst of changes makes one file, and a bookmark none; what is silent is as old as it is.
func TestWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		r := m.start(t)
		r.told(t, 10, "a")
		began := time.Now()
		path := file{m.dir}.path()
		last, _ := os.ReadFile(path)
		expect := func(step string, wait time.Duration, files bool, of time.Duration) {
			t.Helper()
			after(wait)
			now, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(now, last) == files {
				t.Errorf("%s: another file: %t, want %t", step, !files, files)
			}
			last = now
			if info, err := os.Stat(path); err != nil || !info.ModTime().Equal(began.Add(of)) {
				t.Errorf("%s: of %v, want %v (%v)", step, info.ModTime().Sub(began), of, err)
			}
		}
		expect("the first list", 2*time.Second, true, 0) // 2 s
		for i := range 20 {
			r.Registry.Apply(issuertest.Update(issuertest.NewRegistration("b", "secret"), uint64(20+i)))
			r.word()
			after(50 * time.Millisecond)
		} // 3 s
		expect("a burst, soon after", 2*time.Second, false, 0)                   // 5 s
		expect("a burst", 2*time.Second, true, 2950*time.Millisecond)            // 7 s
		expect("silence", time.Minute, false, 2950*time.Millisecond)             // 67 s
		r.word()                                                                 // a bookmark on each
		expect("bookmarks", time.Second, false, 67*time.Second)                  // 68 s
		r.keeper.Heard("secrets")                                                // and on one
		expect("a word on one resource", time.Minute, false, 67*time.Second)     // 128 s
		r.keeper.Heard("tokengrants")                                            // which is not kept
		expect("a word on what is not kept", time.Second, false, 67*time.Second) // 129 s
		r.Registry.Apply(issuertest.Update(issuertest.NewRegistration("c", "secret"), 99))
		r.stop()
		expect("at the end", 0, true, 67*time.Second)
	})
}

// An issuer whose TokenIssuer is gone leaves nothing behind, and one whose keys cannot be read goes on.
func TestNothingToWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		r := m.start(t)
		r.told(t, 10, "a")
		after(2 * time.Second)
		r.Registry.Unconfigure()
		r.word()
		after(time.Minute)
		r.word()
		after(time.Minute)
		if left, err := os.ReadDir(m.dir); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		if err := os.Remove(m.keysFile); err != nil {
			t.Fatal(err)
		}
		r.told(t, 20, "a")
		after(2 * time.Second)
		r.shows(t, `snapshots_total{outcome="unwritten"} 1`)
		m.useKeys(t, issuertest.NewRing(t, 4, keys.XC20P))
		after(penance)
		if _, err := os.Stat(file{m.dir}.path()); err != nil {
			t.Errorf("not written when the keys were back: %v", err)
		}
	})
}

// Without a folder, nothing is written and nothing is read.
func TestNoFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newMachine(t).start(t, func(c *Config) { c.Dir = "" })
		r.told(t, 10, "a")
		after(time.Minute)
		if r.log.String() != "" || !r.Registry.Snapshot().Known("a") {
			t.Errorf("it does something: %s", r.log)
		}
	})
}

// What a snapshot brings back may be used as what the API server told: a client that cannot be read is nobody.
func TestRestoredClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		first := m.start(t)
		first.told(t, 10, "a", "b")
		first.Registry.Apply(registry.Update{Name: registration.SecretName(issuertest.Name, "b"), Version: 12})
		first.Registry.Apply(registry.Update{
			Name: registration.SecretName(issuertest.Name, "a"), Version: 13,
			Client: policy.NewClient(issuertest.NewRegistration("a", "another")),
		})
		first.word()
		after(10 * time.Second)
		first.stop()
		second := m.start(t)
		after(patience)
		client, ok := second.Registry.Snapshot().Client("a")
		if !ok || second.Registry.Snapshot().Known("b") {
			t.Fatalf("a: %t, or b is somebody: %s", ok, second.log)
		}
		if _, right := client.Registration().Match("another", noon); !right {
			t.Error("not the latest version")
		}
	})
}
