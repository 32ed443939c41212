package oauthclient_test

import (
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// TestCrashes lets the operator die at each write of each story, once before and once after the API server has stored
// it. Started again, it must come to rest with a Secret that works, and with whatever worked before still working.
func TestCrashes(t *testing.T) {
	for _, tc := range []struct {
		name  string
		given func(*testing.T, *story) *v1alpha1.OAuthClient
	}{
		{"a new client", func(t *testing.T, s *story) *v1alpha1.OAuthClient { return s.client(t, "web") }},
		{"a new client with long-lived tokens", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			stage.Change(t, s.Stage, s.root, build.MaxLifetime("12h"))
			return s.client(t, "web", build.Lifetime("12h"))
		}},
		{"a client without its Secret", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.registered(t, "web")
			s.Delete(t, s.credentialsSecret(oc))
			return oc
		}},
		{"a client without its registration", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.registered(t, "web")
			s.Delete(t, s.registrationSecret(oc))
			return oc
		}},
		{"a client without either", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.registered(t, "web")
			s.Delete(t, s.registrationSecret(oc))
			s.Delete(t, s.credentialsSecret(oc))
			return oc
		}},
		{"a client that wants something else", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.registered(t, "web", build.Scopes("read"))
			stage.Change(t, s.Stage, oc, build.Scopes("write"))
			return oc
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, moment := range []stage.Moment{stage.Before, stage.After} {
				for n := 1; crashes(t, n, moment, tc.given); n++ {
					t.Logf("%s write %d: well", moment, n)
				}
			}
		})
	}
}

// crashes plays one story with a crash at the nth write. It tells whether there was one.
func crashes(t *testing.T, n int, moment stage.Moment, given func(*testing.T, *story) *v1alpha1.OAuthClient) (crashed bool) {
	t.Run(fmt.Sprint(moment, " write ", n), func(t *testing.T) {
		s := begin(t)
		oc := given(t, s)
		var inUse string
		lost := s.Gone(t, s.registrationSecret(oc)) || s.Gone(t, s.credentialsSecret(oc))
		if !lost {
			inUse = s.clientSecret(t, oc)
		}
		s.Writes()
		s.CrashAt(n, moment)
		_, err := s.Try(t, s.reconciler, oc)
		crashed = s.Restart()
		s.reconciler = s.OAuthClients()
		if crashed && !errors.Is(err, stage.ErrCrash) {
			t.Errorf("Reconcile: %v, want the crash", err)
		}
		if !crashed && err != nil {
			t.Errorf("Reconcile: %v", err)
		}
		s.settle(t, oc)
		s.wantSound(t, oc)
		if inUse != "" && s.clientSecret(t, oc) != inUse {
			t.Error("a credential that was in order was replaced")
		}
	})
	return crashed
}

// TestRegistrationBeforeSecret holds the order of a replacement: at no write does a Secret hold what the issuer does
// not know.
func TestRegistrationBeforeSecret(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	former := s.clientSecret(t, oc)
	s.Delete(t, s.credentialsSecret(oc))
	s.Meanwhile("create credentials", func() {
		if r := s.registration(t, oc); len(r.Credentials) != 2 || !s.accepts(t, oc, former) {
			t.Errorf("%d credentials are registered, want the new one and the former one", len(r.Credentials))
		}
	})
	s.pass(t, oc)
	s.wantSound(t, oc)
}

// TestStaleCacheCostsNoCredential reconciles with caches that have missed one thing or another.
func TestStaleCacheCostsNoCredential(t *testing.T) {
	for _, tc := range []struct {
		name  string
		given func(*testing.T, *story) *v1alpha1.OAuthClient // the cache sees this, and no more
	}{
		{"a client that nobody has seen", func(t *testing.T, s *story) *v1alpha1.OAuthClient { return s.client(t, "web") }},
		{"a client that is held", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.client(t, "web")
			s.CrashAt(2, stage.Before)
			_, _ = s.Try(t, s.reconciler, oc)
			return oc
		}},
		{"a registration without a Secret", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.client(t, "web")
			s.CrashAt(3, stage.Before)
			_, _ = s.Try(t, s.reconciler, oc)
			return oc
		}},
		{"a Secret without a registration", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.registered(t, "web")
			s.Delete(t, s.registrationSecret(oc))
			return oc
		}},
		{"both, before they were deleted", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.registered(t, "web")
			s.Sync(t)
			s.Freeze()
			s.Delete(t, s.registrationSecret(oc))
			s.Delete(t, s.credentialsSecret(oc))
			return oc
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			oc := tc.given(t, s)
			s.Restart()
			s.reconciler = s.OAuthClients()
			if !s.Frozen() {
				s.Sync(t)
				s.Freeze()
			}
			if _, err := s.TryStale(t, s.reconciler, oc); err != nil {
				t.Fatalf("the first pass: %v", err)
			}
			s.wantSound(t, oc)
			first, known := s.clientSecret(t, oc), len(s.registration(t, oc).Credentials)
			for range 3 {
				if _, err := s.TryStale(t, s.reconciler, oc); err != nil && !apierrors.IsConflict(err) {
					t.Errorf("a pass with a stale cache: %v, want a conflict at most", err)
				}
			}
			s.Thaw(t)
			s.reconciler = s.OAuthClients()
			s.settle(t, oc)
			s.wantSound(t, oc)
			if s.clientSecret(t, oc) != first {
				t.Error("a stale cache replaced the credential")
			}
			if n := len(s.registration(t, oc).Credentials); n != known {
				t.Errorf("%d credentials are registered, want %d as after the first pass", n, known)
			}
		})
	}
}

// TestFormerLeaderLoses lets another operator do the same work while this one is about to write.
func TestFormerLeaderLoses(t *testing.T) {
	for _, tc := range []struct {
		write string
		given func(*testing.T, *story) *v1alpha1.OAuthClient
	}{
		{"create registration", func(t *testing.T, s *story) *v1alpha1.OAuthClient { return s.client(t, "web") }},
		{"create credentials", func(t *testing.T, s *story) *v1alpha1.OAuthClient { return s.client(t, "web") }},
		{"update registration", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.registered(t, "web")
			s.Delete(t, s.credentialsSecret(oc))
			return oc
		}},
		{"update credentials", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.registered(t, "web")
			stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) { held.Data["client-secret"] = []byte("x") })
			return oc
		}},
	} {
		t.Run(tc.write, func(t *testing.T) {
			s := begin(t)
			oc := tc.given(t, s)
			var theirs string
			s.Meanwhile(tc.write, func() {
				s.Sync(t)
				if _, err := s.TryStale(t, s.Rival(), oc); err != nil {
					t.Errorf("the rival: %v", err)
				}
				theirs = s.clientSecret(t, oc)
			})
			_, err := s.Try(t, s.reconciler, oc)
			if err != nil && !apierrors.IsConflict(err) {
				t.Errorf("Reconcile: %v, want a conflict at most", err)
			}
			s.settle(t, oc)
			s.wantSound(t, oc)
			if theirs == "" || s.clientSecret(t, oc) != theirs {
				t.Error("the credential that the rival wrote was replaced")
			}
		})
	}
}
