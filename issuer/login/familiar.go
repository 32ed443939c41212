package login

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tokenwright.dev/issuer/seal"
)

const (
	// FamiliarCookie is the name of the cookie that tells who was logged in before in a browser, at an issuer with a host of
	// its own.
	FamiliarCookie = hostPrefix + forFamiliar
	// FamiliarLifetime is how long a browser is familiar after a login. The sealing ring remembers as long.
	FamiliarLifetime = 90 * 24 * time.Hour
	// maxFamiliar bounds the accounts of one browser: those that were logged in last.
	maxFamiliar = 4
)

// Familiar are the accounts that were logged in, by password, in one browser. It tells an owner's browser from that of
// somebody who guesses, so that guesses elsewhere do not lock the owner out. It has no power beyond that: it logs nobody
// in, and what is tried in such a browser is counted there. A change of an account's password ends it for that account.
type Familiar struct {
	Accounts []familiarAccount `json:"accounts"` // the latest first
}

// familiarAccount is one of them, as it was logged in.
type familiarAccount struct {
	Subject string    `json:"sub"`
	Mark    string    `json:"mark"` // of the password's hash
	Since   time.Time `json:"since"`
}

// OpenFamiliar reads what a browser came with; nothing where it cannot be opened.
func OpenFamiliar(sealer *seal.Sealer, cookies []*http.Cookie) Familiar {
	own := jarOf(sealer)
	for _, cookie := range cookies {
		if purpose, ok := own.holds(cookie.Name); !ok || purpose != forFamiliar {
			continue
		}
		var familiar Familiar
		if plain, err := sealer.Open(seal.Familiar, cookie.Value); err == nil && json.Unmarshal(plain, &familiar) == nil {
			return familiar
		}
	}
	return Familiar{}
}

// Knows tells whether the account of that username was logged in before, with the password that it has now.
func (f Familiar) Knows(users *Users, username string, now time.Time) bool {
	found := users.find(username)
	return found != nil && slices.ContainsFunc(f.Accounts, func(known familiarAccount) bool {
		return known.Subject == found.identity.Subject && known.Mark == found.mark && known.fresh(now)
	})
}

// With is what the browser knows after a login to the account of that username.
func (f Familiar) With(users *Users, username string, now time.Time) Familiar {
	found := users.find(username)
	if found == nil {
		return f
	}
	added := familiarAccount{Subject: found.identity.Subject, Mark: found.mark, Since: now.UTC().Truncate(time.Second)}
	all := []familiarAccount{added}
	for _, known := range f.Accounts {
		if known.Subject != added.Subject && known.fresh(now) && len(all) < maxFamiliar {
			all = append(all, known)
		}
	}
	return Familiar{all}
}

func (a familiarAccount) fresh(now time.Time) bool { return now.Before(a.Since.Add(FamiliarLifetime)) }

// Cookie seals it.
func (f Familiar) Cookie(sealer *seal.Sealer, now time.Time) (*http.Cookie, error) {
	plain, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode familiar accounts: %w", err)
	}
	value, err := sealer.Seal(seal.Familiar, plain, now)
	if err != nil {
		return nil, fmt.Errorf("seal familiar accounts: %w", err)
	}
	return jarOf(sealer).cookie(forFamiliar, value, int(FamiliarLifetime.Seconds())), nil
}

// markOf changes with a hash, and tells nothing of it.
func markOf(hash string) string {
	sum := sha256.Sum256([]byte("familiar\x00" + hash))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
