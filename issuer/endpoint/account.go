package endpoint

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"

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
		return x.redirect(x.view.path + accountPath + "?" + removed + "&" + pageOf(pageNumber(form)))
	}
	page, err := s.pageOfGrants(x, session, pageNumber(form))
	if err != nil {
		return err
	}
	if form.Has(removed) {
		page.notice = "The access was removed."
	}
	return s.renderAccount(x, session, page)
}

// grantsOnPage is how many grants one page shows, so that no page costs more than another however many there are.
const grantsOnPage = 50

// grantsPage is what one page shows.
type grantsPage struct {
	grants        []store.Grant
	number, pages int // the first page is 1, and there always is one
	notice        string
}

// pageOfGrants finds what a page shows: beyond the last one, what the last one shows. Grants that count no more, as those of
// somebody whose name has passed on, are left out of it.
func (s *Server) pageOfGrants(x *exchange, session *login.Session, number int) (grantsPage, error) {
	for {
		grants, all, err := x.view.stores.Index.PageOfSubject(x.r.Context(), session.Subject, (number-1)*grantsOnPage, grantsOnPage)
		pages := max(1, (all+grantsOnPage-1)/grantsOnPage)
		if err != nil {
			return grantsPage{}, grant.StoreFailed(err)
		}
		if number <= pages {
			return grantsPage{grants: standing(x, grants), number: number, pages: pages}, nil
		}
		number = pages
	}
}

// pageNumber is the page that a form or an address asks for; the first, where that is no page.
func pageNumber(form url.Values) int {
	const most = 10_000
	number, err := strconv.Atoi(form.Get(login.FieldPage))
	if err != nil || number < 1 || number > most {
		return 1
	}
	return number
}

func pageOf(number int) string { return login.FieldPage + "=" + strconv.Itoa(number) }

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
