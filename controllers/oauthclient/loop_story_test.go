package oauthclient_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// minute passes over a client every other second for a minute of its clock, as if each write of ours and of others woke it, with
// what somebody does before each pass. It returns what was written.
func (s *story) minute(t *testing.T, oc *v1alpha1.OAuthClient, before func()) []string {
	t.Helper()
	s.Writes()
	for range 30 {
		before()
		s.pass(t, oc)
		s.Clock.SetTime(s.Clock.Now().Add(2 * time.Second))
	}
	return s.Writes()
}

// TestNoWriteLoop counts the writes of a minute for one client whose Secret cannot be written, or does not last.
func TestNoWriteLoop(t *testing.T) {
	refusal := func(err error) func(*testing.T, *story, *v1alpha1.OAuthClient) func() {
		return func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) func() {
			s.Delete(t, s.credentialsSecret(oc))
			s.Refuse("create credentials", err)
			return func() {}
		}
	}
	secrets := schema.GroupResource{Resource: "secrets"}
	for _, tc := range []struct {
		name    string
		begin   func(*testing.T, *story, *v1alpha1.OAuthClient) func() // returns what somebody does all the time
		reason  string
		stalled bool
		says    string
	}{
		{"immutable", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) func() {
			stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) { held.Immutable = new(true) })
			stage.Change(t, s.Stage, oc, build.Scopes("other"))
			return func() {}
		}, v1alpha1.ReasonWriteRefused, true, "immutable"},
		{"quota", refusal(apierrors.NewForbidden(secrets, "web-oauth", errors.New("exceeded quota: small"))), v1alpha1.ReasonWriteRefused, true, "exceeded quota"},
		{"admission policy", refusal(apierrors.NewInvalid(schema.GroupKind{Kind: "Secret"}, "web-oauth", nil)), v1alpha1.ReasonWriteRefused, true, "invalid"},
		{"oversize", refusal(apierrors.NewRequestEntityTooLargeError("limit is 3145728")), v1alpha1.ReasonWriteRefused, true, "limit is"},
		{"an API server that fails", refusal(apierrors.NewInternalError(errors.New("disk full"))), v1alpha1.ReasonWriteFailed, false, "disk full"},
		{"conflicts", refusal(apierrors.NewConflict(secrets, "web-oauth", errors.New("changed"))), "", false, ""},
		{"a second writer of the secret", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) func() {
			return func() {
				stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) { held.Data["client-secret"] = []byte("from git") })
			}
		}, v1alpha1.ReasonSecretContested, true, "web-oauth"},
		{"a second writer of a label", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) func() {
			return func() {
				stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) { delete(held.Labels, v1alpha1.ManagedByLabel) })
			}
		}, v1alpha1.ReasonSecretContested, true, "web-oauth"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			oc := s.registered(t, "web")
			writes := s.minute(t, oc, tc.begin(t, s, oc))
			if len(writes)+len(s.Told()) > 10 {
				t.Errorf("%d writes in a minute, want at most 10: %q", len(writes), writes)
			}
			if tc.reason == "" {
				return
			}
			s.WantCondition(t, oc, v1alpha1.Registered, metav1.ConditionTrue, v1alpha1.ReasonRegistered)
			s.WantCondition(t, oc, v1alpha1.CredentialsReady, metav1.ConditionFalse, tc.reason)
			who := map[bool]string{true: v1alpha1.Stalled, false: v1alpha1.Reconciling}[tc.stalled]
			s.WantCondition(t, oc, who, metav1.ConditionTrue, tc.reason)
			if message := stage.Message(oc, v1alpha1.CredentialsReady); !strings.Contains(message, tc.says) {
				t.Errorf("the message is %q, want it to say %q", message, tc.says)
			}
			if lines := strings.Count(s.Logs(), "\n"); lines > 10 {
				t.Errorf("%d lines of log in a minute, want at most 10", lines)
			}
		})
	}
}

// TestWaitingClientFollowsThePlatform lets a client wait for a Secret that cannot be written; a rule of the platform, and a
// user who mends it, do not wait with it.
func TestWaitingClientFollowsThePlatform(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web", build.Scopes("a", "b"))
	stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) { held.Immutable = new(true) })
	stage.Change(t, s.Stage, oc, build.Scopes("a", "b", "c"))
	s.pass(t, oc)
	s.pass(t, oc)
	stage.Change(t, s.Stage, s.root, build.AllowScopes("a"))
	s.pass(t, oc)
	if got := s.registration(t, oc).Scopes; !slices.Equal(got, []string{"a"}) {
		t.Errorf("registered for %q after the platform allowed less, want a alone", got)
	}
	s.Delete(t, s.credentialsSecret(oc))
	s.pass(t, oc)
	s.WantCondition(t, oc, v1alpha1.CredentialsReady, metav1.ConditionTrue, v1alpha1.ReasonSecretReady)
	if !s.accepts(t, oc, s.clientSecret(t, oc)) {
		t.Error("the new Secret holds a credential that is not accepted")
	}
}

// TestTenantHoldsUpNoRule: whoever changes a client all the time, and takes its finalizer away, delays nothing that the
// platform wants.
func TestTenantHoldsUpNoRule(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web", build.Scopes("a", "b"))
	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) { oc.Finalizers = nil })
	stage.Change(t, s.Stage, s.root, build.AllowScopes("a"))
	s.Refuse("patch OAuthClient", apierrors.NewConflict(schema.GroupResource{Resource: "oauthclients"}, "web", errors.New("changed")))
	s.pass(t, oc)
	if got := s.registration(t, oc).Scopes; !slices.Equal(got, []string{"a"}) {
		t.Errorf("registered for %q after the platform allowed less, want a alone", got)
	}
}
