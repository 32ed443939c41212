package tokenissuer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

const (
	oldURL = build.URL
	newURL = "https://id.example"
)

// until is a previous URL that ends so long after noon.
func until(url string, after time.Duration) v1alpha1.PreviousURL {
	return v1alpha1.PreviousURL{URL: url, Until: metav1.NewTime(noon.Add(after))}
}

// many are previous URLs, which end an hour after each other.
func many(n int) []v1alpha1.PreviousURL {
	var out []v1alpha1.PreviousURL
	for i := range n {
		out = append(out, until(fmt.Sprintf("https://p%d.example", i), time.Duration(n-i)*time.Hour))
	}
	return out
}

// served is an issuer that has served under oldURL and is to have newURL.
func served(options ...func(*v1alpha1.TokenIssuer)) *v1alpha1.TokenIssuer {
	return build.TokenIssuer("system/default", append([]func(*v1alpha1.TokenIssuer){func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.URL, ti.Status.URL = newURL, oldURL
	}}, options...)...)
}

func switches(how v1alpha1.URLSwitch) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) { ti.Spec.URLChange = &v1alpha1.URLChange{Switch: how} }
}

func lists(urls ...v1alpha1.PreviousURL) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) { ti.Spec.PreviousURLs = urls }
}

func had(urls ...v1alpha1.PreviousURL) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) { ti.Status.PreviousURLs = urls }
}

func TestWhatANewURLLacks(t *testing.T) {
	certified := new(condition.True(v1alpha1.CertificateReady, v1alpha1.ReasonCertificateValid, ""))
	ready := urlSeen{certificate: certified, replicas: 2, serving: 2}
	for _, tc := range []struct {
		name   string
		issuer *v1alpha1.TokenIssuer
		change func(*urlSeen)
		want   []string
	}{
		{"nothing", served(), func(*urlSeen) {}, nil},
		{"nothing where TLS ends elsewhere", served(), func(s *urlSeen) { s.certificate = nil }, nil},
		{"a certificate", served(), func(s *urlSeen) {
			s.certificate = new(condition.False(v1alpha1.CertificateReady, v1alpha1.ReasonCertificateInvalid, "is not for id.example"))
		}, []string{v1alpha1.ReasonURLWithoutCertificate}},
		{"a replica", served(), func(s *urlSeen) { s.serving = 1 }, []string{v1alpha1.ReasonURLNotServed}},
		{"all replicas", served(), func(s *urlSeen) { s.replicas, s.serving = 0, 0 }, []string{v1alpha1.ReasonURLNotServed}},
		{"an answer", served(), func(s *urlSeen) { s.answer = errors.New("no answer within 5s") }, []string{v1alpha1.ReasonURLNotAnswering}},
		{"much, the most urgent first", served(switches(v1alpha1.URLSwitchOnHold)), func(s *urlSeen) { s.serving, s.answer = 0, errors.New("x") },
			[]string{v1alpha1.ReasonURLNotServed, v1alpha1.ReasonURLNotAnswering}},
		{"a word", served(switches(v1alpha1.URLSwitchOnHold)), func(*urlSeen) {}, []string{v1alpha1.ReasonURLOnHold}},
		{"nothing with the default by name", served(switches(v1alpha1.URLSwitchWhenReady)), func(*urlSeen) {}, nil},
		{"room", served(had(many(8)...)), func(*urlSeen) {}, []string{v1alpha1.ReasonTooManyPreviousURLs}},
		{"room is there", served(had(many(7)...)), func(*urlSeen) {}, nil},
		{"room that spec makes", served(had(many(8)...), lists(until("https://p3.example", -time.Hour))), func(*urlSeen) {}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			seen := ready
			tc.change(&seen)
			var got []string
			for _, l := range lacking(tc.issuer, seen, noon) {
				got = append(got, l.reason)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("lacking (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhichURLsCount(t *testing.T) {
	hold := []lack{{v1alpha1.ReasonURLNotAnswering, "it does not answer"}}
	for _, tc := range []struct {
		name   string
		issuer *v1alpha1.TokenIssuer
		lacks  []lack
		want   urls
	}{
		{"the first", build.TokenIssuer("system/default"), nil, urls{inForce: oldURL}},
		{"the same", served(func(ti *v1alpha1.TokenIssuer) { ti.Spec.URL = oldURL }), nil, urls{inForce: oldURL}},
		{"a new one", served(), nil, urls{inForce: newURL, previous: []v1alpha1.PreviousURL{until(oldURL, URLOverlap)}}},
		{"a new one of an issuer of a former version", served(func(ti *v1alpha1.TokenIssuer) {
			ti.Status.URL, ti.Status.Endpoints = "", &v1alpha1.Endpoints{Token: oldURL + "/token"}
		}), nil, urls{inForce: newURL, previous: []v1alpha1.PreviousURL{until(oldURL, URLOverlap)}}},
		{"a new one with an end of the user's", served(lists(until(oldURL, time.Hour))), nil,
			urls{inForce: newURL, previous: []v1alpha1.PreviousURL{until(oldURL, time.Hour)}}},
		{"a new one without an overlap", served(lists(until(oldURL, 0))), nil, urls{inForce: newURL}},
		{"back to one that still counts", served(had(until(newURL, time.Hour), until("https://x.example", time.Second))), nil,
			urls{inForce: newURL, previous: []v1alpha1.PreviousURL{until(oldURL, URLOverlap), until("https://x.example", time.Second)}}},
		{"one is over", served(func(ti *v1alpha1.TokenIssuer) { ti.Status.URL = newURL }, had(until(oldURL, 0))), nil, urls{inForce: newURL}},
		{"one ends sooner by spec", served(func(ti *v1alpha1.TokenIssuer) { ti.Status.URL = newURL }, had(until(oldURL, time.Hour)), lists(until(oldURL, time.Minute))), nil,
			urls{inForce: newURL, previous: []v1alpha1.PreviousURL{until(oldURL, time.Minute)}}},
		{"more than there is room for", served(func(ti *v1alpha1.TokenIssuer) { ti.Status.URL = newURL }, had(many(9)...)), nil,
			urls{inForce: newURL, previous: many(9)[:8]}},
		{"prepared", served(had(until("https://x.example", time.Second))), hold,
			urls{inForce: oldURL, pending: newURL, previous: []v1alpha1.PreviousURL{until("https://x.example", time.Second)}}},
		{"prepared to come back", served(had(until(newURL, time.Second))), hold,
			urls{inForce: oldURL, pending: newURL, previous: []v1alpha1.PreviousURL{until(newURL, time.Second)}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := settled(tc.issuer, noon)
			if tc.lacks != nil {
				got = preparing(tc.issuer, tc.lacks, noon)
				if got.lacking.Status != metav1.ConditionTrue || got.lacking.Reason != tc.lacks[0].reason {
					t.Errorf("URLChangePending %+v", got.lacking)
				}
				for _, word := range []string{oldURL, newURL, tc.lacks[0].message, "AtOnce"} {
					if !strings.Contains(got.lacking.Message, word) {
						t.Errorf("URLChangePending says %q, and nothing of %q", got.lacking.Message, word)
					}
				}
				got.lacking = nil
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(urls{})); diff != "" {
				t.Errorf("URLs (-want +got):\n%s", diff)
			}
		})
	}
}

// What an issuer is told: each URL once, the prepared one last and without an end.
func TestOtherURLs(t *testing.T) {
	ti := served(had(until(oldURL, time.Hour), until("https://next.example", time.Minute)))
	ti.Status.PendingURL = "https://next.example"
	want := []registration.OtherURL{{URL: oldURL, Until: noon.Add(time.Hour)}, {URL: "https://next.example"}}
	if diff := cmp.Diff(want, otherURLs(ti)); diff != "" {
		t.Errorf("other URLs (-want +got):\n%s", diff)
	}
}

func TestURLEvents(t *testing.T) {
	for _, tc := range []struct {
		name   string
		before *v1alpha1.TokenIssuer
		next   v1alpha1.TokenIssuerStatus
		want   []string
	}{
		{"the first", build.TokenIssuer("system/default"), v1alpha1.TokenIssuerStatus{URL: oldURL}, nil},
		{"prepared", served(), preparedStatus(newURL), []string{"URLPrepared"}},
		{"still prepared", pendingFor(newURL), v1alpha1.TokenIssuerStatus{URL: oldURL, PendingURL: newURL}, nil},
		{"switched", pendingFor(newURL), v1alpha1.TokenIssuerStatus{URL: newURL}, []string{"URLSwitched"}},
		{"given up", pendingFor(newURL), v1alpha1.TokenIssuerStatus{URL: oldURL}, []string{"URLGivenUp"}},
		{"another one", pendingFor(newURL), preparedStatus("https://x.example"), []string{"URLPrepared", "URLGivenUp"}},
		{"over", served(had(until("https://x.example", 0))), v1alpha1.TokenIssuerStatus{URL: oldURL}, []string{"URLDropped"}},
		{"back", served(had(until(newURL, 0))), v1alpha1.TokenIssuerStatus{URL: newURL, PreviousURLs: []v1alpha1.PreviousURL{until(oldURL, 1)}}, []string{"URLSwitched"}},
	} {
		var got []string
		for _, e := range urlEvents(tc.before, &tc.next) {
			got = append(got, e.reason)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", tc.name, diff)
		}
	}
}

func preparedStatus(url string) v1alpha1.TokenIssuerStatus {
	return v1alpha1.TokenIssuerStatus{
		URL: oldURL, PendingURL: url, Conditions: []metav1.Condition{condition.True(v1alpha1.URLChangePending, v1alpha1.ReasonURLNotServed, "")},
	}
}

func pendingFor(url string) *v1alpha1.TokenIssuer {
	return served(func(ti *v1alpha1.TokenIssuer) { ti.Status.PendingURL = url })
}

// What is told of a failure is the same at each attempt, so that a steady state writes nothing.
func TestPlainly(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{Port: 40123}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for _, tc := range []struct {
		err  error
		want string
	}{
		{&net.DNSError{Err: "no such host", Name: "id.example", Server: "10.0.0.10:53"}, "the host id.example cannot be resolved"},
		{fmt.Errorf("dial: %w", context.DeadlineExceeded), "no answer within 5s"},
		{refused, "dial: connect: connection refused"},
		{errors.New("it answers 404 Not Found"), "it answers 404 Not Found"},
	} {
		if got := plainly(tc.err).Error(); got != tc.want {
			t.Errorf("plainly(%v) = %q, want %q", tc.err, got, tc.want)
		}
	}
}

func TestSooner(t *testing.T) {
	for _, tc := range []struct{ a, b, want time.Duration }{{0, 0, 0}, {1, 0, 1}, {0, 2, 2}, {1, 2, 1}, {3, 2, 2}} {
		if got := sooner(tc.a, tc.b); got != tc.want {
			t.Errorf("sooner(%d, %d) = %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}
