package hostile

import (
	"net/http"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

// orphanedSecret deletes a client with --cascade=orphan, so that its Secret stays, and applies it again with a scope less.
func (w *tenantWorld) orphanedSecret(t *testing.T, _ *world) {
	m := newTeam(t, w.world, "team-orphans")
	guard := m.register(t, "guard", build.Guards(build.API))
	former := m.register(t, "orders", build.Scopes("orders:read", "orders:write"))
	raw := w.Token(t, former.Config()).AccessToken
	w.wantActive(t, guard, raw, true)
	live.Remove(t, m.hands, m.oauthClient("orders"), client.PropagationPolicy(metav1.DeletePropagationOrphan))
	live.AwaitGone(t, w.Installation, m.oauthClient("orders"))
	w.wantRefused(t, former)
	if left := m.secret("orders"); m.hands.Get(t.Context(), client.ObjectKeyFromObject(left), left) == nil {
		if len(left.Data["client-secret"]) > 0 {
			t.Error("the Secret that was left behind still holds the client secret")
		}
	}

	present := m.register(t, "orders", build.Scopes("orders:read"))
	w.wantToken(t, present, "a token for the secret in the Secret", func(live.Token) bool { return true })
	if present.ClientSecret == former.ClientSecret {
		t.Error("the new client has the secret of the former one")
	}
	if answer, err := w.AskToken(t.Context(), former); err != nil || answer.Status != http.StatusUnauthorized {
		t.Errorf("the former secret: %s (%v), want 401", answer.Says(), err)
	}
	if answer, err := w.introspect(guard, raw)(t.Context()); err != nil || active(answer) {
		t.Errorf("a token of the former client: %s (%v), want it inactive", answer.Body, err)
	}
}
