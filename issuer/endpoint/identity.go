package endpoint

import (
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/store"
)

// identity is what is known of the resource owner of a grant: of users of ours what their file says now, and of people
// who logged in elsewhere what their identity provider said last, which stays with the grant. It reports false for
// whoever is gone.
func (s *Server) identity(by *store.Grant, data *grant.Data) (login.Identity, bool) {
	known := s.Registry.Snapshot()
	if !known.Elsewhere(by.Provider) {
		return known.Identity(by.Provider, by.Subject)
	}
	return login.Identity{
		Provider: by.Provider, Subject: by.Subject, Username: by.Username, Claims: data.Claims, AMR: by.AMR, Carried: true,
	}, true
}
