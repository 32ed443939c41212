package login

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/seal"
)

// SessionCookie is the name of the cookie that holds a session, at an issuer with a host of its own. The prefix makes browsers
// refuse it from other hosts, subdomains included, and without TLS (RFC 6265bis section 4.1.3.2).
const SessionCookie = hostPrefix + forSession

// Session is what a browser and the issuer know of each other after a login. It lives in a sealed cookie and nowhere else.
type Session struct {
	// ID is the sid of tokens (OpenID Connect Back-Channel Logout section 2.1). It stays as long as the same person logs in
	// again in the same browser; any other login makes a new one.
	ID string `json:"id"`
	// Login tells the cookie from those of former logins to the session: each login makes another one, so none can be planted
	// in a browser, and whoever has a copy of a former one has nothing. Empty for the first login.
	Login string `json:"login,omitempty"`
	// Flow is the authorization request that the login was made for; empty if for none.
	Flow string `json:"flow,omitempty"`

	Provider string `json:"provider"`
	Subject  string `json:"subject"`
	Username string `json:"username"`
	// AuthTime is when the person proved who they are, AMR how.
	AuthTime time.Time `json:"authTime"`
	AMR      []string  `json:"amr,omitempty"`
	// Epoch is the person's at the login: see Identity. Empty for people of an upstream identity provider, and in what an
	// issuer without epochs made.
	Epoch string `json:"epoch,omitempty"`
	// Claims are those of a person whom an upstream identity provider knows; nil for one whom a static provider does.
	Claims map[string]any `json:"claims,omitempty"`
	// Parked is the name under which they are kept elsewhere, where they are more than a cookie should carry: see Fits.
	Parked string `json:"parked,omitempty"`

	// Started is when the session began, or was prolonged by another login; Seen when the browser last came with it, or a
	// little before.
	Started time.Time `json:"started"`
	Seen    time.Time `json:"seen"`

	// Former says that the browser has it under the name that the former version gave it.
	Former bool `json:"-"`
}

// NewSession begins the session of a login that was made at now, for the flow of that ID if there is one.
func NewSession(identity Identity, flow string, now time.Time) Session {
	session := Session{
		ID: rand.Text(), Flow: flow,
		Provider: identity.Provider, Subject: identity.Subject, Username: identity.Username,
		AuthTime: now.UTC(), AMR: identity.AMR, Epoch: identity.Epoch, Started: now.UTC(), Seen: now.UTC(),
	}
	if !identity.AuthTime.IsZero() {
		session.AuthTime = identity.AuthTime
	}
	if identity.Carried {
		session.Claims = identity.Claims
	}
	return session
}

// renewal is which part of its lifetime has to pass before another login prolongs a session. What was granted in it has to be
// written anew then, which nobody is to bring about at each login.
const renewal = 10

// Again is the session after the same person has logged in once more in the same browser, as next says: the sid stays, so
// that a logout still finds all that was granted in it. All else is of the new login.
func (s *Session) Again(next Session, bounds Bounds) Session {
	next.ID, next.Login = s.ID, rand.Text()
	if next.Started.Sub(s.Started) < bounds.Lifetime/renewal {
		next.Started = s.Started
	}
	return next
}

// CookieID names the cookie where it is revoked alone. No token has such a jti.
func (s *Session) CookieID() string {
	if s.Login == "" {
		return "session." + s.ID
	}
	return "session." + s.Login
}

// Of tells whether the session is that of a person.
func (s *Session) Of(provider, subject string) bool {
	return s.Provider == provider && s.Subject == subject
}

// Ends is when the session ends, however often its browser comes.
func (s *Session) Ends(bounds Bounds) time.Time { return s.Started.Add(bounds.Lifetime) }

// Bounds say how long sessions live: Lifetime from the login on, Idle without a visit. The end of Lifetime ends what was
// granted online as well. That of Idle ends the cookie alone: since sessions are not stored, nobody else knows when a browser
// last came.
type Bounds struct{ Lifetime, Idle time.Duration }

// The built-in bounds.
const (
	defaultLifetime = 24 * time.Hour
	defaultIdle     = 8 * time.Hour
)

// BoundsOf are the bounds that an issuer sets, and the built-in ones where it sets none. Idle never exceeds Lifetime.
func BoundsOf(sessions registration.Sessions) Bounds {
	bounds := Bounds{defaultLifetime, defaultIdle}
	if sessions.Lifetime > 0 {
		bounds.Lifetime = time.Duration(sessions.Lifetime) * time.Second
	}
	if sessions.IdleLifetime > 0 {
		bounds.Idle = time.Duration(sessions.IdleLifetime) * time.Second
	}
	bounds.Idle = min(bounds.Idle, bounds.Lifetime)
	return bounds
}

// Alive tells whether the session is still good at now.
func (s *Session) Alive(now time.Time, bounds Bounds) bool {
	return now.Before(s.Ends(bounds)) && now.Before(s.Seen.Add(bounds.Idle))
}

// Stale tells whether the cookie must be written anew for the visit at now to count: not at each one, so that most
// answers need no sealing.
func (s *Session) Stale(now time.Time, bounds Bounds) bool {
	return s.Former || now.Sub(s.Seen) > bounds.Idle/10
}

// Visit returns the session as seen at now.
func (s *Session) Visit(now time.Time) Session {
	visited := *s
	visited.Seen = now.UTC()
	return visited
}

// Cookie seals the session. The cookie has no Max-Age: the browser forgets it when it is closed, and what ends it before
// is sealed inside, where no browser has a say.
func (s *Session) Cookie(sealer *seal.Sealer, now time.Time) (*http.Cookie, error) {
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode session: %w", err)
	}
	value, err := sealer.Seal(seal.Session, plain, now)
	if err != nil {
		return nil, fmt.Errorf("seal session: %w", err)
	}
	if len(value) > maxSession {
		return nil, errors.New("login: the session is too long for a cookie")
	}
	return jarOf(sealer).cookie(forSession, value, 0), nil
}

// ForgetSession is the cookie that ends a session in its browser. Copies of it live on until they are revoked, by sid or one by
// one.
func ForgetSession(sealer *seal.Sealer) *http.Cookie {
	return jarOf(sealer).cookie(forSession, "", forget)
}

// OpenSession finds the session that a browser came with. It returns nil where there is none that is alive: what cannot
// be opened, because it was altered or its key is gone, is no session either. Whether it has been revoked, and whether its
// provider still knows the person, is for the caller to ask.
func OpenSession(sealer *seal.Sealer, cookies []*http.Cookie, bounds Bounds, now time.Time) *Session {
	return findSession(sealer, cookies, func(s *Session) bool { return s.Alive(now, bounds) })
}

// FormerSession is OpenSession, of a browser that may have been away for longer than a cookie lives without use.
func FormerSession(sealer *seal.Sealer, cookies []*http.Cookie, bounds Bounds, now time.Time) *Session {
	return findSession(sealer, cookies, func(s *Session) bool { return now.Before(s.Ends(bounds)) })
}

func findSession(sealer *seal.Sealer, cookies []*http.Cookie, good func(*Session) bool) *Session {
	own := jarOf(sealer)
	for _, cookie := range cookies {
		if purpose, ok := own.holds(cookie.Name); !ok || purpose != forSession {
			continue
		}
		session := &Session{Former: own.former(cookie.Name)}
		plain, err := sealer.Open(seal.Session, cookie.Value)
		if err != nil || json.Unmarshal(plain, session) != nil || !good(session) {
			continue
		}
		return session
	}
	return nil
}
