package endpoint

import (
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// authenticate tells who sent x. Credentials are verified first, and only the wrong ones meet the budget of failures, so
// throttling never stands in the way of a right one.
func (s *Server) authenticate(x *exchange, c oauth.Credentials) (*policy.Client, error) {
	source := s.Proxies.Source(x.r)
	client, err := s.Registry.Authenticate(x.r.Context(), c, source)
	if err == nil {
		x.said.ClientID, x.said.SourceIP = client.ID(), source
		return client, nil
	}
	if s.Registry.Snapshot().Known(c.ClientID) {
		x.said.ClientID = c.ClientID
	} else {
		x.said.Registration = registration.SecretName(s.Name, c.ClientID)
	}
	if wait := s.failures.Record(c.ClientID, source, x.began); wait > 0 {
		x.refusal = audit.ClientThrottled
		return nil, oauth.Throttle(wait)
	}
	return nil, err
}
