package kube

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

// newFeed makes a feed for an empty registry, without a cluster behind it. It counts what it tells.
func newFeed(t *testing.T) (*Feed, *issuertest.Server, *told) {
	t.Helper()
	server := issuertest.New(t, issuertest.Bare())
	seen := new(told)
	feed := &Feed{
		Cluster: &Cluster{name: issuertest.Name}, Registry: server.Registry, Metrics: server.Metrics,
		Log: slog.New(slog.NewJSONHandler(server.Log, nil)), Now: server.Clock.Now,
		Synced: func() { seen.synced++ }, Loaded: func() { seen.loaded++ },
	}
	feed.unsynced.Store(2)
	feed.complain = newComplaints()
	return feed, server, seen
}

type told struct{ synced, loaded int }

func at(s *corev1.Secret, version string) *corev1.Secret {
	s.ResourceVersion = version
	return s
}

func TestSecretStore(t *testing.T) {
	feed, server, seen := newFeed(t)
	store := &secretStore{Feed: feed}
	known := func(step string, ids ...string) {
		t.Helper()
		snapshot := server.Registry.Snapshot()
		if snapshot.Len() != len(ids) {
			t.Errorf("%s: %d clients, want %q", step, snapshot.Len(), ids)
		}
		for _, id := range ids {
			if !snapshot.Known(id) {
				t.Errorf("%s: %s is missing", step, id)
			}
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ring := issuertest.NewRing(t, 3, keys.ES256)
	compiled, err := store.Transformer()(at(registrationSecret(t, "a", "x"), "5"))
	must(err)
	must(store.Replace([]any{compiled, at(registrationSecret(t, "b", "x"), "6"), ringSecret(t, "default-signing-keys", ring)}, "10"))
	known("list", "a", "b")
	if set := server.Registry.Snapshot().Keys(); set == nil || set.Revision() != 3 || seen.loaded != 1 {
		t.Errorf("the signing ring was not loaded: %v, told %+v", set, seen)
	}

	must(store.Add(at(registrationSecret(t, "c", "x"), "11")))
	known("add", "a", "b", "c")
	must(store.Update(at(labelled(registration.SecretName("default", "a"), "oauth.tokenwright.dev/registration", "x", nil), "12")))
	known("damaged: closed", "b", "c")
	must(store.Update(at(registrationSecret(t, "a", "x"), "13")))
	known("mended", "a", "b", "c")
	must(store.Delete(at(registrationSecret(t, "b", "x"), "14")))
	known("delete", "a", "c")
	must(store.Bookmark("20"))
	must(store.Resync())

	must(store.Update(labelled("default-signing-keys", "oauth.tokenwright.dev/key-ring", registration.RingDataKey, []byte("{"))))
	must(store.Delete(at(ringSecret(t, "default-signing-keys", ring), "21")))
	must(store.Update(ringSecret(t, "default-sealing-keys", issuertest.NewRing(t, 8, keys.XC20P))))
	snapshot := server.Registry.Snapshot()
	if snapshot.Keys().Revision() != 3 || snapshot.SealingRevision() != 8 || seen.loaded != 2 {
		t.Errorf("signing revision %d, sealing %d, told %+v: a damaged or deleted ring must leave the last good one",
			snapshot.Keys().Revision(), snapshot.SealingRevision(), seen)
	}

	must(store.Replace([]any{at(registrationSecret(t, "c", "x"), "11")}, "30"))
	known("list again", "c")
	if complaints := strings.Count(server.Log.String(), "Ignoring an object"); complaints != 2 {
		t.Errorf("%d complaints, want one for each damaged object:\n%s", complaints, server.Log)
	}
	if seen.synced != 0 {
		t.Error("synced before the configuration was there")
	}
	for _, bad := range []error{store.Bookmark("x"), store.Replace(nil, ""), store.Delete(at(registrationSecret(t, "c", "x"), "")), store.Delete(&corev1.ConfigMap{})} {
		if bad == nil {
			t.Error("a version that is none was taken")
		}
	}
	known("after nonsense", "c")
}

func TestConfigStore(t *testing.T) {
	feed, server, seen := newFeed(t)
	configs, secrets := &configStore{Feed: feed}, &secretStore{Feed: feed}
	configMap := func(data string) *corev1.ConfigMap {
		return &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: "default-issuer"}, Data: map[string]string{registration.ConfigDataKey: data},
		}
	}
	url := func() string {
		if config := server.Registry.Snapshot().Config(); config != nil {
			return config.URL
		}
		return ""
	}
	for _, step := range []struct {
		name string
		do   func() error
		url  string
	}{
		{"nothing there", func() error { return configs.Replace(nil, "1") }, ""},
		{"damaged", func() error { return configs.Add(configMap("{")) }, ""},
		{"there", func() error { return configs.Update(configMap(`{"url":"https://a.example","algorithms":["ES256"]}`)) }, "https://a.example"},
		{"changed", func() error { return configs.Update(configMap(`{"url":"https://b.example","algorithms":["ES256"]}`)) }, "https://b.example"},
		{"damaged again", func() error { return configs.Update(configMap("")) }, "https://b.example"},
		{"gone", func() error { return configs.Delete(configMap("")) }, ""},
		{"listed", func() error {
			return configs.Replace([]any{configMap(`{"url":"https://c.example","algorithms":["ES256"]}`)}, "2")
		}, "https://c.example"},
		{"none listed", func() error { return configs.Replace(nil, "2") }, ""},
		{"there again", func() error { return configs.Add(configMap(`{"url":"https://c.example","algorithms":["ES256"]}`)) }, "https://c.example"},
		{"bookmark", func() error { return configs.Bookmark("3") }, "https://c.example"},
		{"resync", func() error { return configs.Resync() }, "https://c.example"},
	} {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if url() != step.url {
			t.Errorf("%s: URL %q, want %q", step.name, url(), step.url)
		}
	}
	if err := configs.Update(&corev1.Secret{}); err == nil {
		t.Error("a Secret was taken for a ConfigMap")
	}
	if seen.synced != 0 {
		t.Error("synced before the Secrets were there")
	}
	for range 2 {
		if err := secrets.Replace(nil, "1"); err != nil {
			t.Fatal(err)
		}
	}
	if seen.synced != 1 {
		t.Errorf("synced %d times, want once", seen.synced)
	}
}

// Whoever keeps what is known hears of each word, after what it said is known; and the signing ring is kept as it came.
func TestHeard(t *testing.T) {
	feed, server, _ := newFeed(t)
	var heard []string
	feed.Heard = func(resource string) {
		heard = append(heard, fmt.Sprint(resource, " ", server.Registry.Snapshot().Len(), " ", server.Registry.Snapshot().Config() != nil))
	}
	store, configs := &secretStore{Feed: feed}, &configStore{Feed: feed}
	ring := ringSecret(t, "default-signing-keys", issuertest.NewRing(t, 3, keys.ES256))
	configMap := &corev1.ConfigMap{Data: map[string]string{registration.ConfigDataKey: `{"url":"https://a.example","algorithms":["ES256"]}`}}
	for _, err := range []error{
		store.Replace([]any{ring}, "10"), store.Add(at(registrationSecret(t, "a", "x"), "11")), store.Bookmark("12"),
		configs.Add(configMap), configs.Bookmark("13"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"secrets 0 false", "secrets 1 false", "secrets 1 false", "configmaps 1 true", "configmaps 1 true"}
	if diff := cmp.Diff(want, heard); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
	if !bytes.Equal(server.Registry.State().Signing, ring.Data[registration.RingDataKey]) {
		t.Error("the signing ring is not as it came")
	}
}

// Many objects that cannot be read must not bury the log.
func TestUnreadableIsBounded(t *testing.T) {
	feed, server, _ := newFeed(t)
	store := &secretStore{Feed: feed}
	for range 1000 {
		if err := store.Add(labelled("default-client-x", "oauth.tokenwright.dev/registration", "x", nil)); err != nil {
			t.Fatal(err)
		}
	}
	if lines := strings.Count(server.Log.String(), "\n"); lines < 1 || lines > 30 {
		t.Errorf("%d lines of log for 1000 unreadable objects", lines)
	}
	if !strings.Contains(server.Get("/metrics").Body.String(), `tokenwright_issuer_unreadable_objects_total{kind="Secret"} 1000`) {
		t.Error("they were not all counted")
	}
}
