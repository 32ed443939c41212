package endpoint

import (
	"tokenwright.dev/issuer/store"
)

// Over says why a grant is good for nothing, as a refresh token of it would meet it. Nothing is known before all is here
// that decides: of a client whose registration has yet to arrive, nobody could say that it is gone.
func (e endings) Over(by *store.Grant) (store.Over, bool) {
	v := e.present()
	if !e.Readiness.all() || !e.Registry.Snapshot().Complete() || v.stores.Grants != e.stores.Grants {
		return "", false
	}
	now := e.Now()
	switch {
	case v.grants.Withdrawn(by):
		return store.OverRevoked, true
	case !e.Registry.Present(by.Provider, by.Subject, ""):
		return store.OverUserGone, true
	case !e.registered(by):
		return store.OverClientGone, true
	case !by.Live(now):
		return store.OverExpired, true
	case by.Spent(now):
		return store.OverIdle, true
	default:
		return "", true
	}
}

// registered tells whether the client of a grant is, and not another one of its name.
func (e endings) registered(by *store.Grant) bool {
	client, ok := e.Registry.Snapshot().Client(by.Client.ID)
	return ok && client.Registration().Owner.UID == by.Client.UID
}
