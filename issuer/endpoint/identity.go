package endpoint

import (
	"slices"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/store"
)

// allowed are the live grants of whoever is logged in, as far as they still count. A session knows nothing of what the
// same name allowed before it passed to them.
func (s *Server) allowed(x *exchange, session *login.Session) ([]store.Grant, error) {
	grants, err := x.view.stores.Index.OfSubject(x.r.Context(), session.Subject)
	if err != nil {
		return nil, grant.StoreFailed(err)
	}
	return standing(x, grants), nil
}

// standing are those of some grants that still count.
func standing(x *exchange, grants []store.Grant) []store.Grant {
	return slices.DeleteFunc(grants, func(by store.Grant) bool {
		return x.view.grants.Stands(x.view.sealer, &by) != nil
	})
}

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
