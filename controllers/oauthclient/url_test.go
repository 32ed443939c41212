package oauthclient

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/event"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

// Clients follow the URL that is in force, which stands in status, and no other.
func TestClientsFollowTheURLInForce(t *testing.T) {
	const next = "https://id.example"
	prepared := func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.URL, ti.Status.URL, ti.Status.PendingURL = next, build.URL, next
	}
	for _, tc := range []struct {
		name          string
		before, after func(*v1alpha1.TokenIssuer)
		want          string
		wakes         bool
	}{
		{"the first", func(*v1alpha1.TokenIssuer) {}, func(ti *v1alpha1.TokenIssuer) { ti.Status.URL = build.URL }, build.URL, false},
		{"prepared", func(ti *v1alpha1.TokenIssuer) { ti.Status.URL = build.URL }, prepared, build.URL, false},
		{"prepared at an issuer of a former version", func(*v1alpha1.TokenIssuer) {}, func(ti *v1alpha1.TokenIssuer) {
			ti.Spec.URL, ti.Status.Endpoints = next, &v1alpha1.Endpoints{Token: build.URL + "/token"}
		}, build.URL, false},
		{"switched", prepared, func(ti *v1alpha1.TokenIssuer) { ti.Spec.URL, ti.Status.URL = next, next }, next, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before, after := build.TokenIssuer("system/default", tc.before), build.TokenIssuer("system/default", tc.after)
			if got := after.URLInForce(); got != tc.want {
				t.Errorf("in force is %s, want %s", got, tc.want)
			}
			if got := urlChanged.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}); got != tc.wakes {
				t.Errorf("wakes clients: %t, want %t", got, tc.wakes)
			}
			oc := build.OAuthClient("apps/web")
			if same := intentOf(oc, observation{issuer: before}) == intentOf(oc, observation{issuer: after}); same == tc.wakes {
				t.Errorf("a pass does the same as before: %t", same)
			}
		})
	}
}
