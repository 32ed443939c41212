package tokenissuer_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/tokenissuer"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// The hosts are nobody's: each dial goes where the story says.
const (
	before = "http://localhost:1"
	after  = "http://127.0.0.1:2"
)

// used is a story of an issuer under the URL before that somebody is registered at.
func used(t *testing.T) *story {
	t.Helper()
	s := running(t, func(ti *v1alpha1.TokenIssuer) { ti.Spec.URL = before })
	oc := build.OAuthClient(s.Apps + "/web")
	s.Create(t, oc)
	oc.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.Registered, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonRegistered, LastTransitionTime: metav1.Now(),
	}}
	if err := s.Client.Status().Update(t.Context(), oc); err != nil {
		t.Fatal(err)
	}
	s.answersAs(t, "")
	return s
}

// answersAs lets an issuer of that name answer at every host; nobody does when it is empty.
func (s *story) answersAs(t *testing.T, issuer string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"issuer":"` + issuer + `"}`))
	}))
	t.Cleanup(server.Close)
	if issuer == "" {
		server.Close()
	}
	s.reconciler.DialOutside = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
}

// reportURLs lets a replica say which URLs it serves.
func (s *story) reportURLs(t *testing.T, replica string, urls ...string) {
	t.Helper()
	s.report(t, replica)
	report := build.Report(replica, s.Issuer().String(), s.Clock.Now(), 0, 0)
	stage.Change(t, s.Stage, report, func(r *v1alpha1.IssuerReport) { r.Spec.URLs = urls })
}

func (s *story) setURL(t *testing.T, url string) {
	t.Helper()
	stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) { ti.Spec.URL = url })
}

// A new URL is prepared, then switched to, and the former one ends in its time.
func TestURLIsPreparedFirst(t *testing.T) {
	s := used(t)
	s.reportURLs(t, "one", before)
	s.setURL(t, after)
	result := s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.URLChangePending, metav1.ConditionTrue, v1alpha1.ReasonURLNotServed)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	if got := stage.Message(s.issuer, v1alpha1.URLChangePending); !strings.Contains(got, "0 of 1 replicas") || !strings.Contains(got, "connection refused") {
		t.Errorf("URLChangePending says %q, want both that is missing", got)
	}
	status := s.issuer.Status
	if status.URL != before || status.PendingURL != after || status.Endpoints.Token != before+"/token" || result.RequeueAfter > 15*time.Second {
		t.Errorf("status %+v, again after %v", status, result.RequeueAfter)
	}
	config := s.config(t)
	if diff := cmp.Diff([]registration.OtherURL{{URL: after}}, config.Others); diff != "" || config.URL != before || config.SealedUnder != "" {
		t.Errorf("the issuer is told %+v", config)
	}
	if ring := s.ring(t, s.sealingSecret()); ring.SealedUnder != before {
		t.Errorf("the sealing ring remembers %q", ring.SealedUnder)
	}

	s.Writes()
	s.Told()
	s.pass(t)
	if writes := s.Writes(); len(writes) != 0 {
		t.Errorf("wrote %q while nothing changed", writes)
	}
	s.reportURLs(t, "one", before, after)
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.URLChangePending, metav1.ConditionTrue, v1alpha1.ReasonURLNotAnswering)
	s.answersAs(t, before)
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.URLChangePending, metav1.ConditionTrue, v1alpha1.ReasonURLNotAnswering)

	s.answersAs(t, after)
	s.pass(t)
	end := s.Clock.Now().Add(tokenissuer.URLOverlap)
	if got := s.issuer.Status; got.URL != after || got.PendingURL != "" || len(got.PreviousURLs) != 1 || got.PreviousURLs[0].Until.Sub(end).Abs() > time.Second {
		t.Fatalf("status %+v, want %s in force and %s until %v", got, after, before, end)
	}
	if stage.Message(s.issuer, v1alpha1.URLChangePending) != "" {
		t.Error("URLChangePending is still there")
	}
	config = s.config(t)
	if config.URL != after || config.SealedUnder != before || len(config.Others) != 1 || config.Others[0].URL != before {
		t.Errorf("the issuer is told %+v", config)
	}
	if told := strings.Join(s.Told(), "\n"); !strings.Contains(told, "URLSwitched") {
		t.Errorf("told %q", told)
	}

	s.Clock.SetTime(s.issuer.Status.PreviousURLs[0].Until.Time)
	s.pass(t)
	if config := s.config(t); len(config.Others) != 0 || config.SealedUnder != before {
		t.Errorf("after the end the issuer is told %+v", config)
	}
	if told := strings.Join(s.Told(), "\n"); !strings.Contains(told, "URLDropped") {
		t.Errorf("told %q", told)
	}
}

// The ways out of waiting.
func TestURLWithoutWaiting(t *testing.T) {
	for _, tc := range []struct {
		name         string
		then         func(*testing.T, *story)
		want         string
		wantPrevious int
	}{
		{"set back", func(t *testing.T, s *story) { s.setURL(t, before) }, before, 0},
		{"AtOnce", func(t *testing.T, s *story) {
			stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) {
				ti.Spec.URLChange = &v1alpha1.URLChange{Switch: v1alpha1.URLSwitchAtOnce}
			})
		}, after, 1},
		{"nobody is registered", func(t *testing.T, s *story) { s.Delete(t, build.OAuthClient(s.Apps+"/web")) }, after, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := used(t)
			s.setURL(t, after)
			s.pass(t)
			if s.issuer.Status.PendingURL != after {
				t.Fatalf("status %+v", s.issuer.Status)
			}
			tc.then(t, s)
			s.pass(t)
			if got := s.issuer.Status; got.URL != tc.want || got.PendingURL != "" || len(got.PreviousURLs) != tc.wantPrevious {
				t.Errorf("status %+v, want %s in force", got, tc.want)
			}
			if config := s.config(t); config.URL != tc.want {
				t.Errorf("the issuer is told %+v", config)
			}
		})
	}
}
