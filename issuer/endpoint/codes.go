package endpoint

import (
	"errors"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/throttle"
)

// codeBudget is for the codes that one person gets for clients, each of which is a grant to store: more than anybody's
// browser asks for, and few enough that those which make way for them are swept as fast.
var codeBudget = throttle.Budget{PerSecond: 1, Burst: 100}

// rememberedPersons bounds the table of these budgets: some 2.5 MiB when it is full.
const rememberedPersons = 10_000

var errTooManyGrants = errors.New("this person lets clients have something too often")

// admitCode holds back a person whose browser asks for codes without end.
func (s *Server) admitCode(x *exchange, session *login.Session) error {
	wait := s.codes.Spend(session.Subject, x.began)
	if wait == 0 {
		return nil
	}
	s.counts.authorization.Throttled()
	return oauth.Unavailable(wait, errTooManyGrants)
}
