package oauthclient

import (
	"slices"
	"time"

	"tokenwright.dev/issuer/registration"
)

const (
	// Overlap is how long a replaced credential is still accepted, for Pods that run with it.
	Overlap = 24 * time.Hour
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

// nextCredentials decides which credentials the issuer shall accept.
//
// The Secret is the only place that has the plaintext, so what it holds decides: a secret that the registration knows
// as active stays. Unless it is known what the client has, a well-formed one is adopted, which restores a client whose
// registration was lost (see adopts). In every other case the fresh one becomes active, and the one that was active
// retires, since running Pods may hold it. It does so even if it never got into the Secret (a crash between
// registration and Secret): nothing tells that from a Secret that was later set back to a former value, and a hash of
// what nobody has harms nobody.
func nextCredentials(registered []registration.Credential, known bool, live string, spare fresh, now time.Time) credentials {
	hash := registration.HashSecret(live)
	holding := slices.IndexFunc(registered, func(c registration.Credential) bool {
		return slices.Equal(c.SecretHash, hash) && !c.Retiring()
	})
	if holding >= 0 {
		return credentials{list: join(registered[holding], retiring(registered, now)), secret: live}
	}
	if made := slices.IndexFunc(registered, func(c registration.Credential) bool { return c.ID == spare.id && !c.Retiring() }); made >= 0 {
		old := retiring(registered, now) // the last pass registered the spare one, and could not store it
		return credentials{list: join(registered[made], old), secret: spare.secret, replaced: len(old) > 0}
	}
	if !known && registration.WellFormed(live) {
		return credentials{list: []registration.Credential{credential(spare.id, live, now)}, secret: live}
	}
	former := retire(registered, now)
	return credentials{
		list:     join(credential(spare.id, spare.secret, now), append(former, retiring(registered, now)...)),
		secret:   spare.secret,
		replaced: len(former) > 0,
	}
}

func credential(id, secret string, now time.Time) registration.Credential {
	return registration.Credential{ID: id, SecretHash: registration.HashSecret(secret), CreatedAt: now}
}

// retiring lists those that were replaced before and still count at now.
func retiring(list []registration.Credential, now time.Time) []registration.Credential {
	var out []registration.Credential
	for _, c := range list {
		if c.Retiring() && !c.ExpiredAt(now) {
			out = append(out, c)
		}
	}
	return out
}

// retire lists those that were active, with the end that they now get.
func retire(list []registration.Credential, now time.Time) []registration.Credential {
	var out []registration.Credential
	for _, c := range list {
		if !c.Retiring() {
			c.NotAfter = now.Add(Overlap)
			out = append(out, c)
		}
	}
	return out
}

// retained lists those that still count at now, with none of them replaced.
func retained(list []registration.Credential, now time.Time) []registration.Credential {
	return slices.DeleteFunc(slices.Clone(list), func(c registration.Credential) bool { return c.ExpiredAt(now) })
}

// join puts active before old, which has the newest first. Of too many the newest go: they are those that a Secret was to
// hold that cannot be written or does not last, while the oldest is what Pods run with.
func join(active registration.Credential, old []registration.Credential) []registration.Credential {
	return append([]registration.Credential{active}, old[max(0, len(old)-(maxCredentials-1)):]...)
}
