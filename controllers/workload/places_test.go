package workload

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	certutil "k8s.io/client-go/util/cert"

	"tokenwright.dev/api/v1alpha1"
)

// A certificate that is not for the host of a previous URL is told, and no reason to stop.
func TestCertificateOfAPreviousURL(t *testing.T) {
	certificate, key, err := certutil.GenerateSelfSignedCertKey("issuer.example", nil, []string{"old.example"})
	if err != nil {
		t.Fatal(err)
	}
	secret := &corev1.Secret{Data: map[string][]byte{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: key}}
	for previous, want := range map[string]bool{"https://old.example/a": false, "https://older.example": true} {
		ti := issuer(t, "{}")
		ti.Status.PreviousURLs = []v1alpha1.PreviousURL{{URL: previous, Until: metav1.NewTime(time.Now().Add(time.Hour))}}
		got := Certificate(ti, secret, time.Now())
		if got.Reason != v1alpha1.ReasonCertificateValid || strings.Contains(got.Message, "not for older.example, the host of a previous URL") != want {
			t.Errorf("%s: %s: %s", previous, got.Reason, got.Message)
		}
	}
}

// Whatever leads to an issuer leads to all the URLs that it is known by, and knows each host once.
func TestPlaces(t *testing.T) {
	well := func(path string) []string {
		return []string{path, "/.well-known/oauth-authorization-server" + path, "/.well-known/openid-configuration" + path}
	}
	for _, tc := range []struct {
		name, pending string
		previous      []string
		want          []place
		hosts         []any
	}{
		{"one", "", nil, []place{{"issuer.example", []string{"/"}}}, []any{"issuer.example"}},
		{"a new host", "https://id.example", nil, []place{{"issuer.example", []string{"/"}}, {"id.example", []string{"/"}}},
			[]any{"issuer.example", "id.example"}},
		{"a new path, and a former host", "https://issuer.example:8443/a", []string{"https://old.example/b"},
			[]place{{"issuer.example", append([]string{"/"}, well("/a")...)}, {"old.example", well("/b")}}, []any{"issuer.example", "old.example"}},
		{"a former address", "", []string{"https://192.0.2.1"}, []place{{"issuer.example", []string{"/"}}, {"", []string{"/"}}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ti := issuer(t, "{}")
			ti.Status.PendingURL = tc.pending
			for _, url := range tc.previous {
				ti.Status.PreviousURLs = append(ti.Status.PreviousURLs, v1alpha1.PreviousURL{URL: url, Until: metav1.NewTime(time.Now())})
			}
			got := places(ti)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(place{})); diff != "" {
				t.Errorf("places (-want +got):\n%s", diff)
			}
			if hosts, _ := routed(got); !cmp.Equal(tc.hosts, hosts) {
				t.Errorf("hosts of a route %v, want %v", hosts, tc.hosts)
			}
		})
	}
}
