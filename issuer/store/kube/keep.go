package kube

import "tokenwright.dev/issuer/store"

// Known is what is known of revocations, by name.
func (r *Revocations) Known() map[string]store.Revocation {
	r.known.mu.RLock()
	defer r.known.mu.RUnlock()
	known := make(map[string]store.Revocation, len(r.known.rows))
	for name, row := range r.known.rows {
		if row.hidden {
			continue
		}
		for i, each := range row.value.each() {
			if i > 0 {
				name += "/" // no object's name holds one
			}
			known[name] = each
		}
	}
	return known
}

// Changes counts the changes so far: with the same count, Known is the same.
func (r *Revocations) Changes() uint64 { return r.known.changed() }

// Restore takes what Known said before a start, unless the watch has told of all revocations already. Whatever the watch
// tells is newer, and its first list replaces all of it.
func (r *Revocations) Restore(known map[string]store.Revocation) {
	rows := make(map[string]row[written], len(known))
	for name, revocation := range known {
		rows[name] = row[written]{value: written{Revocation: revocation}}
	}
	r.known.restore(rows)
}
