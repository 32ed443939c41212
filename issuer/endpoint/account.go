package endpoint

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/store"
)

const accountPath = "/account"

// serveAccount shows people what they have allowed, and takes each of it back. Whoever has no session here is told so:
// a login without a client that asks for it is not begun from this page.
func (s *Server) serveAccount(x *exchange) error {
	form, err := readForm(x)
	if err != nil {
		return err
	}
	session := s.session(x)
	if session == nil {
		return oauth.AccessDenied.Refusef("you are not logged in here: begin at the application that you want to use")
	}
	x.said.Subject, x.said.SessionID = session.Subject, session.ID
	if x.r.Method == http.MethodPost {
		if err := login.CheckForm(x.view.sealer, form.Get(login.FieldToken), session.ID, login.PurposeRevoke, x.began); err != nil {
			return oauth.InvalidRequest.Because(err, "the page was open for too long: load it again")
		}
		if err := s.revokeOwn(x, session, form.Get(login.FieldGrant)); err != nil {
			return err
		}
		return x.redirect(x.view.path + accountPath + "?" + removed)
	}
	grants, err := s.allowed(x, session)
	if err != nil {
		return err
	}
	slices.SortFunc(grants, func(a, b store.Grant) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	notice := ""
	if form.Has(removed) {
		notice = "The access was removed."
	}
	return s.renderAccount(x, session, grants, notice)
}

// removed says in the address of the page that something has just been taken back.
const removed = "removed"

// revokeOwn ends a grant of the person who asks, and nobody else's.
func (s *Server) revokeOwn(x *exchange, session *login.Session, id string) error {
	found, err := x.view.stores.Grants.Get(x.r.Context(), id, store.AtHand)
	if errors.Is(err, store.ErrNotFound) || err == nil && found.Subject != session.Subject {
		return nil // gone, or never theirs: either way it is not on the page that they see next
	}
	if err == nil {
		err = x.view.stores.Grants.Revoke(x.r.Context(), id)
	}
	if err != nil {
		return grant.StoreFailed(err)
	}
	x.said.GrantID, x.said.ClientID = id, found.Client.ID
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.GrantRevoked, &x.said)
	return nil
}
