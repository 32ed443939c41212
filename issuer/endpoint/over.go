package endpoint

import (
	"tokenwright.dev/issuer/store"
)

// Over says why a grant is good for nothing, as a refresh token of it would meet it. Nothing is known before all is here
// that decides: of a client whose registration has yet to arrive, nobody could say that it is gone.
func (e endings) Over(by *store.Grant) (store.Over, bool) {
	snapshot, v := e.Registry.Snapshot(), e.present()
	if !e.Readiness.all() || !snapshot.Complete() || v.stores.Grants != e.stores.Grants {
		return "", false
	}
	now := e.Now()
	client, registered := snapshot.Client(by.Client.ID)
	switch {
	case v.grants.Withdrawn(by):
		return store.OverRevoked, true
	case !e.Registry.Present(by.Provider, by.Subject, ""):
		return store.OverUserGone, true
	case !registered || client.Registration().Owner.UID != by.Client.UID:
		return store.OverClientGone, true
	case !by.Live(now):
		return store.OverExpired, true
	case by.Spent(now):
		return store.OverIdle, true
	default:
		return "", true
	}
}
