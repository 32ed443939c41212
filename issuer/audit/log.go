package audit

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

// Entry is all that an event may say. What is empty is left out. A new member must be harmless in the hands of everybody
// who reads logs: no secret, no token, no assertion, nothing that a client may put a secret into by mistake.
type Entry struct {
	// ClientID names a registered client. That of an unknown one may be a secret in the wrong place, so it stays empty.
	ClientID string
	// Registration is the name of the registration that an unknown client would have: a hash of its client_id.
	Registration string
	GrantType    string
	Scope        string
	Audience     []string
	// TokenID is the jti of an access token (RFC 7519 section 4.1.7).
	TokenID string
	// KeyID is the kid of the key that signed it.
	KeyID string
	// ExpiresIn is the lifetime of the token in seconds.
	ExpiresIn int64
	// GrantID is the name of the resource owner's grant; SessionID is that of their login session (sid). Neither is of any use
	// to whoever reads it.
	GrantID, SessionID string
	// Subject is the resource owner, as tokens name them; Provider is where they logged in.
	Subject, Provider string
	// Account is the username of an account that somebody tried to log in to, as the file of users has it. What is no account's
	// may be a password in the wrong place: of that there is AccountHash alone, a hash under a key that only the issuer has.
	Account, AccountHash string
	// Claims are the names of claims of a person, never what they say.
	Claims []string
	// Active is the answer to an introspection: "true" or "false".
	Active string
	// Parked is what of a login, or of a code, is stored for a while since it fits neither a cookie nor a code: see Unfit.
	Parked []string
	// Issuer is the URL under which the request came, where that is not the issuer's present one.
	Issuer string
	// Error is the error code of a refusal; Description is what the client was told.
	Error, Description string
	// Cause is a fault of ours, which the client was not told.
	Cause error
	// ConsentSkippedBy is the policy by which the resource owner was not asked, as namespace/name.
	ConsentSkippedBy string
	// SourceIP is the address that the request came from.
	SourceIP string
}

// Log writes events. It is safe for concurrent use.
type Log struct {
	handler slog.Handler
	now     func() time.Time
}

// NewLog writes to handler, with the time of now.
func NewLog(handler slog.Handler, now func() time.Time) *Log { return &Log{handler: handler, now: now} }

// Write writes one event. It goes to the handler without a Logger between, which would look up the line of code that
// called it, for every token.
func (l *Log) Write(ctx context.Context, level slog.Level, event Event, entry *Entry) {
	if !l.handler.Enabled(ctx, level) {
		return
	}
	record := slog.NewRecord(l.now(), level, string(event), 0)
	var space [maxAttributes]slog.Attr
	record.AddAttrs(entry.appendTo(space[:0])...)
	_ = l.handler.Handle(ctx, record) // whoever cannot write a log has nobody to tell
}

const maxAttributes = 23

func (e *Entry) appendTo(attrs []slog.Attr) []slog.Attr {
	text := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	text("clientID", e.ClientID)
	text("registration", e.Registration)
	text("grantType", e.GrantType)
	text("scope", e.Scope)
	text("audience", strings.Join(e.Audience, " ")) // no URI holds a space
	text("tokenID", e.TokenID)
	text("keyID", e.KeyID)
	if e.ExpiresIn != 0 {
		attrs = append(attrs, slog.Int64("expiresIn", e.ExpiresIn))
	}
	text("grantID", e.GrantID)
	text("sessionID", e.SessionID)
	text("subject", e.Subject)
	text("provider", e.Provider)
	text("account", e.Account)
	text("accountHash", e.AccountHash)
	text("claims", strings.Join(e.Claims, " "))
	text("active", e.Active)
	text("parked", strings.Join(e.Parked, " "))
	text("consentSkippedBy", e.ConsentSkippedBy)
	text("issuer", e.Issuer)
	text("error", e.Error)
	text("description", e.Description)
	if e.Cause != nil {
		text("cause", e.Cause.Error())
	}
	text("sourceIP", e.SourceIP)
	return attrs
}
