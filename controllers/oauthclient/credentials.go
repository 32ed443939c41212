package oauthclient

import (
	"slices"
	"time"

	"tokenwright.dev/issuer/registration"
)

const (
	// DefaultOverlap is how long a replaced credential is still accepted, for Pods that run with it, where a client does not say.
	DefaultOverlap = 24 * time.Hour
	// maxCredentials bounds what a client accumulates whose Secret is destroyed again and again.
	maxCredentials = 8
)

// fresh is a credential that nobody has yet.
type fresh struct {
	id     string
	secret string
}

// credentials is what a registration should hold, and the secret that belongs to its active entry.
type credentials struct {
	list []registration.Credential
	// secret is the active credential in plaintext: the one in the Secret, or a fresh one to be put there.
	secret string
	// replaced says that a credential that may be in use has been replaced.
	replaced bool
}

// possession is what a client's credentials are decided by.
type possession struct {
	// registered is what the issuer accepts; unless it is known, what the client has may stand in its Secret alone.
	registered []registration.Credential
	known      bool
	// live is the client secret that the Secret holds; empty if there is none.
	live string
	// spare is what a new credential is made of.
	spare fresh
	rotation
	now time.Time
}

// nextCredentials decides which credentials the issuer shall accept.
//
// The Secret is the only place that has the plaintext, so what it holds decides: a secret that the registration knows
// as active stays. Unless it is known what the client has, a well-formed one is adopted, which restores a client whose
// registration was lost (see adopts). In every other case the fresh one becomes active, and the one that was active
// retires, since running Pods may hold it. It does so even if it never got into the Secret (a crash between
// registration and Secret): nothing tells that from a Secret that was later set back to a former value, and a hash of
// what nobody has harms nobody.
//
// A rotation that is due replaces the secret that is in use by a fresh one in the same way. Where the overlap is nothing, no
// credential retires: it is gone.
func nextCredentials(p possession) credentials {
	hash, old := registration.HashSecret(p.live), retiring(p.registered, p.overlap, p.now)
	holding := slices.IndexFunc(p.registered, func(c registration.Credential) bool {
		return slices.Equal(c.SecretHash, hash) && !c.Retiring()
	})
	if holding >= 0 && !p.due {
		return credentials{list: join(p.registered[holding], old), secret: p.live}
	}
	if made := slices.IndexFunc(p.registered, func(c registration.Credential) bool { return c.ID == p.spare.id && !c.Retiring() }); made >= 0 {
		// The last pass registered the spare one, and could not store it.
		return credentials{list: join(p.registered[made], old), secret: p.spare.secret, replaced: len(old) > 0}
	}
	if !p.known && registration.WellFormed(p.live) {
		return credentials{list: []registration.Credential{credential(p.spare.id, p.live, p.now)}, secret: p.live}
	}
	former := active(p.registered)
	return credentials{
		list:     join(credential(p.spare.id, p.spare.secret, p.now), append(retire(former, p.overlap, p.now), old...)),
		secret:   p.spare.secret,
		replaced: len(former) > 0,
	}
}

func credential(id, secret string, now time.Time) registration.Credential {
	return registration.Credential{ID: id, SecretHash: registration.HashSecret(secret), CreatedAt: now}
}

// active lists those that have not been replaced: one, or none.
func active(list []registration.Credential) []registration.Credential {
	return slices.DeleteFunc(slices.Clone(list), registration.Credential.Retiring)
}

// retiring lists those that were replaced before and still count at now, of which none has longer than the overlap of now.
func retiring(list []registration.Credential, overlap time.Duration, now time.Time) []registration.Credential {
	former := slices.DeleteFunc(slices.Clone(list), func(c registration.Credential) bool { return !c.Retiring() })
	return retire(former, overlap, now)
}

// retire lists those that still count at now, with the end that they get: no later than the one that they were told, if any.
func retire(list []registration.Credential, overlap time.Duration, now time.Time) []registration.Credential {
	var out []registration.Credential
	for _, c := range list {
		if end := now.Add(overlap); !c.Retiring() || end.Before(c.NotAfter) {
			c.NotAfter = end
		}
		if !c.ExpiredAt(now) {
			out = append(out, c)
		}
	}
	return out
}

// withoutSecret lists those that still count where the Secret must be left as it is. What a rotation replaces retires all the
// same: it may be known to somebody who should not have it.
func (p possession) withoutSecret() []registration.Credential {
	if p.due {
		return retire(p.registered, p.overlap, p.now)
	}
	return slices.DeleteFunc(slices.Clone(p.registered), func(c registration.Credential) bool { return c.ExpiredAt(p.now) })
}

// join puts active before old, which has the newest first. Of too many the newest go: they are those that a Secret was to
// hold that cannot be written or does not last, while the oldest is what Pods run with.
func join(active registration.Credential, old []registration.Credential) []registration.Credential {
	return append([]registration.Credential{active}, old[max(0, len(old)-(maxCredentials-1)):]...)
}
