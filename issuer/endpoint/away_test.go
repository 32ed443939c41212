package endpoint_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/memory"
)

// absent are grants of which a replica knows nothing while the store is away, as one that has just started.
type absent struct {
	store.Grants

	away atomic.Bool
}

func (a *absent) Get(ctx context.Context, id string, fresh store.Freshness) (store.Grant, error) {
	if a.away.Load() {
		return store.Grant{}, store.ErrUnavailable
	}
	return a.Grants.Get(ctx, id, fresh)
}

// What needs a grant that nobody can read is neither taken for good nor for bad: it is to be tried again. Only
// introspection, which has no such answer, says that the token is not active (RFC 7662 section 2.2).
func TestGrantsAway(t *testing.T) {
	grants := &absent{}
	server := issuertest.New(t, issuertest.People(), issuertest.With(func(c *issuer.Config) {
		inMemory := memory.NewGrants(c.Now)
		grants.Grants = inMemory
		c.Stores = map[string]store.Stores{registration.StorageKubernetes: {
			Grants: grants, Index: inMemory, Marks: memory.NewMarks(c.Now), Revocations: memory.NewRevocations(c.Now),
		}}
	}))
	tokens := redeem(t, server, logIn(t, server.NewBrowser(t), request()).Get("code"))
	access, refresh := tokens["access_token"].(string), tokens["refresh_token"].(string)
	web := issuertest.Basic(issuertest.WebID, issuertest.WebSecret)
	bearer := issuertest.Header("Authorization", "Bearer "+access)
	grants.away.Store(true)
	if w := server.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "refresh_token", refresh), web); w.Code != http.StatusServiceUnavailable {
		t.Errorf("refresh: status %d: %s", w.Code, w.Body)
	}
	if w := server.PostForm("/revoke", issuertest.Form("token", access), web); w.Code != http.StatusServiceUnavailable {
		t.Errorf("RFC 7009 section 2.2.1: status %d: %s", w.Code, w.Body)
	}
	if w := server.Get("/userinfo", bearer); w.Code != http.StatusServiceUnavailable {
		t.Errorf("userinfo: status %d: %s", w.Code, w.Body)
	}
	if w := server.Introspect(access); strings.TrimSpace(w.Body.String()) != `{"active":false}` {
		t.Errorf("introspection: status %d: %s", w.Code, w.Body)
	}
	if w := server.Introspect(server.Token(t)); !strings.Contains(w.Body.String(), `"active":true`) {
		t.Errorf("introspection of a token that needs no grant: %s", w.Body)
	}
	grants.away.Store(false)
	if w := server.Get("/userinfo", bearer); w.Code != http.StatusOK {
		t.Errorf("userinfo, afterwards: status %d: %s", w.Code, w.Body)
	}
}
