package endpoint

import (
	"errors"
	"log/slog"
	"strings"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/token"
)

const revocationPath = "/revoke"

// serveRevocation ends a token of the client that asks (RFC 7009). A refresh token ends with its grant and all that came
// of it; an access token ends alone. What is no token of this client's, or none any more, is answered the same way, so
// nobody learns anything here.
func (s *Server) serveRevocation(x *exchange) error {
	req, err := oauth.ParseRevocationRequest(x.r)
	if err != nil {
		return err
	}
	client, err := s.authenticate(x, req.Credentials)
	if err != nil {
		return err
	}
	// The token tells its own type, so the hint decides nothing (RFC 7009 section 2.1).
	end := s.revokeAccess
	if strings.HasPrefix(req.Token, seal.RefreshToken.Prefix()) {
		end = s.revokeRefresh
	}
	if err := end(x, client, req.Token); err != nil {
		return err
	}
	return x.writeJSON(nil)
}

// revokeRefresh ends the grant of a refresh token, also of a former one.
func (s *Server) revokeRefresh(x *exchange, client *policy.Client, raw string) error {
	refresh, err := grant.OpenRefresh(x.view.sealer, raw)
	if err != nil || refresh.ClientUID != client.Registration().Owner.UID {
		return s.nothingRevoked(x, err)
	}
	if err := x.view.stores.Grants.Revoke(x.r.Context(), refresh.GrantID); err != nil {
		return grant.StoreFailed(err)
	}
	x.said.GrantID = refresh.GrantID
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.GrantRevoked, &x.said)
	return nil
}

// revokeAccess ends one access token.
func (s *Server) revokeAccess(x *exchange, client *policy.Client, raw string) error {
	found, err := s.readAccess(x, raw, token.ReturnedToken, nil)
	if errors.Is(err, store.ErrUnavailable) { // whether there is anything to revoke is not known (RFC 7009 section 2.2.1)
		return grant.StoreFailed(err)
	}
	if err != nil || found.claims.ClientID != client.ID() {
		return s.nothingRevoked(x, err)
	}
	err = x.view.stores.Revocations.Revoke(x.r.Context(), store.Revocation{
		TokenID: found.claims.ID, ClientID: client.ID(),
		IssuedBefore: time.Unix(found.claims.IssuedAt+1, 0).UTC(), Expires: time.Unix(found.claims.Expires, 0).UTC(),
	})
	if err != nil {
		return grant.StoreFailed(err)
	}
	x.said.TokenID = found.claims.ID
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.TokenRevoked, &x.said)
	return nil
}

// nothingRevoked tells the log alone that there was nothing to revoke.
func (s *Server) nothingRevoked(x *exchange, cause error) error {
	x.said.Cause = errors.Join(errNothing, cause)
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.RevocationRefused, &x.said)
	return nil
}

var errNothing = errors.New("no token of this client's")
