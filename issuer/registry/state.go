package registry

import (
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

// State is what a registry holds, as somebody may keep it who is to bring it back. The sealing ring is not in it: under that
// ring it is kept.
type State struct {
	// Config is nil where there is none.
	Config *registration.IssuerConfig
	// Signing is the wire form of the signing ring; empty where there is none.
	Signing []byte
	// Registrations are all that there are, also those that cannot be read, in no order.
	Registrations []Update
	// Seen is the version that the watch had delivered.
	Seen uint64
	// Users are the files of users, UpstreamSecrets our client secrets at identity providers elsewhere, by Secret.
	Users           map[string][]byte
	UpstreamSecrets map[string]string
}

// told says what the watch has told since the start. What it has told needs nobody else.
type told struct{ config, secrets bool }

// Changes counts the changes so far: with the same count, State is the same but for Seen.
func (r *Registry) Changes() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changes
}

// State is the present state. What it points to is shared and does not change; only writers wait while the list of
// registrations is copied.
func (r *Registry) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	snapshot := r.current.Load()
	list := make([]Update, 0, len(r.known))
	for name, e := range r.known {
		list = append(list, Update{Name: name, Version: e.version, Client: e.client})
	}
	return State{
		Config: snapshot.config, Signing: snapshot.ring, Registrations: list, Seen: r.seen,
		Users: snapshot.people.files, UpstreamSecrets: snapshot.people.secrets,
	}
}

// Restore takes what was known before a start, with signing, which stands in state in its wire form, and with the sealing
// ring. It is taken as a list of its version would be, save where the watch has told something already. The next list
// replaces it.
func (r *Registry) Restore(state State, signing *keys.Set, sealing keys.Ring) {
	r.change(func(next *Snapshot) {
		if !r.told.secrets {
			r.remember(state)
			*next = *next.only(r.known)
			next.signing, next.ring = signing, state.Signing
			next.people = people{ring: &sealing, files: state.Users, secrets: state.UpstreamSecrets}
		}
		if !r.told.config {
			next.config = state.Config
		}
		next.reseal()
		r.gather(next, r.now())
	})
}

// remember puts the registrations of state in place. What a live read has found since stays.
func (r *Registry) remember(state State) {
	known := make(map[string]entry, len(state.Registrations))
	for _, u := range state.Registrations {
		known[u.Name] = entry{u.Version, u.Client}
	}
	for name, e := range r.known {
		if e.version > max(state.Seen, known[name].version) {
			known[name] = e
		}
	}
	r.known, r.seen = known, state.Seen
}

// Forget drops what the watch has not told: a state that was restored, and became too old.
func (r *Registry) Forget() {
	r.change(func(next *Snapshot) {
		if !r.told.secrets {
			clear(r.known)
			r.seen = 0
			*next = Snapshot{config: next.config}
		}
		if !r.told.config {
			next.config = nil
		}
		next.reseal()
		r.gather(next, r.now())
	})
}
