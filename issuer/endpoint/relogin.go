package endpoint

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/throttle"
)

// sessionBudget is for what one person makes the issuer write by logging in once more and by logging out: a revocation each,
// which is kept for as long as a session may last.
var sessionBudget = throttle.Budget{PerSecond: 1.0 / 60, Burst: 100}

var errTooManyLogins = errors.New("this person begins and ends sessions too often")

// spendSession takes one from the budget of a person.
func (s *Server) spendSession(x *exchange, subject string) error {
	if wait := s.changes.Spend(subject, x.began); wait > 0 {
		s.counts.login.Throttled()
		return oauth.Unavailable(wait, errTooManyLogins)
	}
	return nil
}

// succession is the session of whoever has logged in, and what becomes of the one that their browser came with.
type succession struct {
	former *login.Session // nil where it came with none
	next   login.Session
}

// succeed finds what a login makes of the browser's session. The same person goes on with it. Another one begins their own.
func (s *Server) succeed(x *exchange, identity login.Identity, flow string) succession {
	made := succession{s.former(x), login.NewSession(identity, flow, x.began)}
	if made.same() {
		made.next = made.former.Again(made.next, x.view.bounds)
	}
	return made
}

// same tells whether the person of the former session has logged in again.
func (c *succession) same() bool {
	return c.former != nil && c.former.Of(c.next.Provider, c.next.Subject)
}

// settle ends what must not go on beside the next session: the former cookie of the same person, or the whole session of
// another one. It comes before the next cookie is given away, since somebody may have copied the former one.
func (s *Server) settle(x *exchange, made *succession) error {
	switch {
	case made.former == nil:
		return nil
	case made.same():
		return s.renew(x, made)
	default:
		return s.supersede(x, made.former)
	}
}

// supersede ends the session of a person at whose browser another one has logged in.
func (s *Server) supersede(x *exchange, former *login.Session) error {
	if err := s.closeSession(x, former); err != nil {
		return err
	}
	s.Metrics.SessionEnded(audit.EndedByAnother)
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.SessionEnded, &audit.Entry{
		Subject: former.Subject, Provider: former.Provider, SessionID: former.ID, Cause: errors.New(string(audit.EndedByAnother)),
	})
	return nil
}

// renew revokes the former cookie, as long as it would be good, and puts off the end of what was granted in the session.
func (s *Server) renew(x *exchange, made *succession) error {
	if err := s.spendSession(x, made.next.Subject); err != nil {
		return err
	}
	former := made.former
	err := x.view.stores.Revocations.Revoke(x.r.Context(), store.Revocation{
		TokenID: former.CookieID(), IssuedBefore: afterAll(x.began, former.Started),
		Expires: former.Ends(x.view.bounds).Add(time.Minute).UTC().Truncate(time.Second),
	})
	if err != nil {
		return grant.StoreFailed(err)
	}
	if !made.next.Started.Equal(former.Started) {
		s.prolong(x, &made.next)
	}
	x.said.Subject, x.said.Provider, x.said.SessionID = made.next.Subject, made.next.Provider, made.next.ID
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.LoggedInAgain, &x.said)
	return nil
}

// afterAll is the first full second after both.
func afterAll(a, b time.Time) time.Time {
	if a.Before(b) {
		a = b
	}
	return a.UTC().Truncate(time.Second).Add(time.Second)
}

// prolongPatience bounds how long a login waits for what was granted in its session to be written anew.
const prolongPatience = 2 * time.Second

// prolong puts off the end of what was granted in a session, as the login puts off that of the session. What cannot be
// written ends when it was to end, and its client hears of that.
func (s *Server) prolong(x *exchange, session *login.Session) {
	ctx, cancel := context.WithTimeout(x.r.Context(), prolongPatience)
	defer cancel()
	grants, err := x.view.stores.Index.OfSession(ctx, session.ID)
	for i := range grants {
		if !grants[i].Live(x.began) {
			continue
		}
		err = errors.Join(err, grant.Prolong(ctx, x.view.stores.Grants, &grants[i], session.Ends(x.view.bounds)))
	}
	if err != nil {
		s.Log.WarnContext(x.r.Context(), "Failed to put off the end of what was granted in a session", "session", session.ID, "error", err)
	}
}
