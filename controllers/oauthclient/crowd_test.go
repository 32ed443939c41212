package oauthclient

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

// TestCrowdBefore says who goes before m, which was created at noon.
func TestCrowdBefore(t *testing.T) {
	other := func(name string, after time.Duration) *v1alpha1.OAuthClient {
		oc := build.OAuthClient("apps/" + name)
		oc.CreationTimestamp = metav1.NewTime(noon.Add(after))
		return oc
	}
	leaving := other("leaving", -time.Hour)
	leaving.DeletionTimestamp = new(metav1.NewTime(noon))
	const much = time.Hour
	for _, tc := range []struct {
		name       string
		beside     []*v1alpha1.OAuthClient
		registered []string
		now        time.Duration // after noon
		before     int
		settles    time.Duration
	}{
		{"nobody", nil, nil, 0, 0, 0},
		{"itself", []*v1alpha1.OAuthClient{other("m", 0)}, nil, 0, 0, 0},
		{"an older one", []*v1alpha1.OAuthClient{other("z", -time.Second)}, nil, 0, 1, 0},
		{"a younger one", []*v1alpha1.OAuthClient{other("a", time.Second)}, nil, much, 0, 0},
		{"a younger one that is registered", []*v1alpha1.OAuthClient{other("a", time.Second)}, []string{"a"}, much, 1, 0},
		{"an older one that is registered counts once", []*v1alpha1.OAuthClient{other("z", -time.Second)}, []string{"z"}, much, 1, 0},
		{"one that is registered and no longer there", nil, []string{"z"}, much, 1, 0},
		{"of one second, by name", []*v1alpha1.OAuthClient{other("a", 0), other("z", 0)}, nil, much, 1, 0},
		{"one that is being deleted", []*v1alpha1.OAuthClient{leaving}, nil, much, 0, 0},
		{"one that is being deleted and still registered", []*v1alpha1.OAuthClient{leaving}, []string{"leaving"}, much, 1, 0},
		{"a younger one that came with it", []*v1alpha1.OAuthClient{other("z", 0)}, nil, time.Second, 1, 4 * time.Second},
		{"a younger one that came with it, a while ago", []*v1alpha1.OAuthClient{other("z", 0)}, nil, settling, 0, 0},
		{"a younger one that came later", []*v1alpha1.OAuthClient{other("z", settling)}, nil, settling, 0, 0},
		{"several that came with it", []*v1alpha1.OAuthClient{other("y", 0), other("z", 2*time.Second)}, nil, 3 * time.Second, 2, 4 * time.Second},
		{"by a clock that is a little behind", []*v1alpha1.OAuthClient{other("z", 0)}, nil, -time.Second, 1, settling},
		{"by a clock that is no use", []*v1alpha1.OAuthClient{other("z", 0)}, nil, -much, 0, 0},
	} {
		registered := map[string]bool{}
		for _, name := range tc.registered {
			registered[name] = true
		}
		got := crowdBefore(other("m", 0), tc.beside, registered, noon.Add(tc.now))
		if diff := cmp.Diff(crowd{tc.before, tc.settles}, got, cmp.AllowUnexported(crowd{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// A client that waits only for the doubt to pass is looked at again.
func TestCrowdSettles(t *testing.T) {
	for most, want := range map[int32]time.Duration{1: 3 * time.Second, 2: 0} {
		w := anew(issuer(build.MaxClients(most)))
		w.seen.crowd = crowd{before: 1, settles: 3 * time.Second}
		if got := desire(w.oc, w.seen).recheckAfter; got != want {
			t.Errorf("with room for %d it is looked at again after %v, want %v", most, got, want)
		}
	}
}
