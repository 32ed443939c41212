package kube

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// Client secrets for identity providers elsewhere arrive with the other Secrets of their issuer, and leave with theirs.
func TestStoreTakesUpstreamSecrets(t *testing.T) {
	feed, server, _ := newFeed(t)
	store := &secretStore{Feed: feed}
	secret := func(version, key, value string) *corev1.Secret {
		return at(labelled("corp-client", "oauth.tokenwright.dev/upstream", key, []byte(value)), version)
	}
	for _, step := range []struct {
		name string
		do   func() error
		want string
	}{
		{"added", func() error { return store.Add(secret("5", "client-secret", "hush-1\n")) }, "hush-1"},
		{"empty", func() error { return store.Update(secret("6", "client-secret", "\n")) }, "hush-1"},
		{"another key", func() error { return store.Update(secret("7", "secret", "hush-2")) }, "hush-1"},
		{"changed", func() error { return store.Update(secret("8", "client-secret", "hush-3")) }, "hush-3"},
		{"listed", func() error { return store.Replace([]any{secret("8", "client-secret", "hush-3")}, "9") }, "hush-3"},
		{"deleted", func() error { return store.Delete(secret("10", "client-secret", "hush-3")) }, ""},
		{"listed again", func() error { return store.Replace([]any{secret("11", "client-secret", "hush-4")}, "11") }, "hush-4"},
		{"gone from the list", func() error { return store.Replace(nil, "12") }, ""},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got, _ := server.Registry.Snapshot().UpstreamSecret("corp-client"); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
	if logged := server.Log.String(); strings.Contains(logged, "hush") || strings.Count(logged, "Ignoring an object") != 2 {
		t.Errorf("the log holds a secret, or not two complaints:\n%s", logged)
	}
}
