package endpoint

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/token"
)

// announce tells a client that the login session has ended of which it had by (OpenID Connect Back-Channel Logout section
// 2.5). It does not wait for it.
func (s *Server) announce(ctx context.Context, v *view, client *policy.Client, by *store.Grant) {
	ctx = context.WithoutCancel(ctx)
	said := audit.Entry{ClientID: client.ID(), Subject: by.Subject, SessionID: by.SessionID, TokenID: token.NewID()}
	s.courier.send(ctx, &errand{
		namespace: client.Registration().Owner.Namespace,
		uri:       client.Registration().BackchannelLogoutURI,
		loopback:  onLoopback(v.config.URL),
		write:     func() (string, error) { return logoutForm(v, client, &said, s.Now()) },
		report:    func(err error) { s.announced(ctx, &said, err) },
	})
}

// announced tells what became of one client's notice.
func (s *Server) announced(ctx context.Context, said *audit.Entry, err error) {
	event, level, outcome := audit.LogoutUndelivered, slog.LevelWarn, audit.NoticeUndelivered
	switch {
	case err == nil:
		event, level, outcome = audit.LogoutDelivered, slog.LevelInfo, audit.NoticeDelivered
	case errors.Is(err, errCrowded):
		outcome = audit.NoticeDropped
	}
	said.Cause = err
	s.Metrics.Notice(outcome)
	s.Audit.Write(ctx, level, event, said)
}

// Finish waits until what people have lost has ended and clients have heard of all logouts, or ctx ends. It is for when no
// more requests come.
func (s *Server) Finish(ctx context.Context) {
	s.leavers.finish(ctx)
	s.courier.finish(ctx)
}

// listener is the client of a grant if it hears of logouts, else nil. A client of the same name that came later is another
// one.
func (s *Server) listener(by *store.Grant) *policy.Client {
	client, ok := s.Registry.Snapshot().Client(by.Client.ID)
	if !ok || client.Registration().Owner.UID != by.Client.UID || client.Registration().BackchannelLogoutURI == "" {
		return nil
	}
	return client
}

// logoutLifetime is how long a logout token lives: the most that is allowed, and far more than an attempt takes.
const logoutLifetime = 2 * time.Minute

// logoutForm is the body of a logout request (OpenID Connect Back-Channel Logout section 2.5). Its token is signed as the
// client's ID tokens are, and names the session always, so that a client never has to ask for it.
func logoutForm(v *view, client *policy.Client, said *audit.Entry, now time.Time) (string, error) {
	algorithms := v.config.Algorithms
	if rules := client.Registration().IDToken; rules != nil {
		algorithms = []string{rules.Algorithm}
	}
	signer, err := v.keys.Signer(algorithms, now)
	if err != nil {
		return "", err
	}
	signed, err := token.AppendLogoutToken(nil, signer, &token.LogoutClaims{
		Issuer: v.config.URL, Audience: client.ID(), Subject: said.Subject, SessionID: said.SessionID,
		IssuedAt: now.Unix(), Expires: now.Add(logoutLifetime).Unix(), ID: said.TokenID,
	})
	if err != nil {
		return "", err
	}
	return url.Values{"logout_token": {string(signed)}}.Encode(), nil
}
