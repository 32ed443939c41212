package oauth

import (
	"log/slog"
	"net/http"
)

// Code is an error code as it stands on the wire.
type Code string

// The error codes that this issuer answers with (RFC 6749 section 5.2). A new one gets a row in TestCodes.
const (
	// InvalidRequest says that the request itself is malformed.
	InvalidRequest Code = "invalid_request"
	// InvalidClient says that client authentication failed, for whatever reason.
	InvalidClient Code = "invalid_client"
	// UnauthorizedClient says that this client may not use this grant type.
	UnauthorizedClient Code = "unauthorized_client"
	// UnsupportedGrantType says that this issuer does not serve the grant type.
	UnsupportedGrantType Code = "unsupported_grant_type"
	// InvalidScope says that the scope is malformed, or more than the client may have.
	InvalidScope Code = "invalid_scope"
	// InvalidTarget says that a resource is malformed, or not one that the client may name (RFC 8707 section 2).
	InvalidTarget Code = "invalid_target"
	// ServerError says that the fault is ours (RFC 6749 section 4.1.2.1).
	ServerError Code = "server_error"
	// TemporarilyUnavailable says that the same request may succeed later (RFC 6749 section 4.1.2.1).
	TemporarilyUnavailable Code = "temporarily_unavailable"
)

// Status is the HTTP status that goes with c.
func (c Code) Status() int {
	switch c {
	case InvalidClient:
		return http.StatusUnauthorized
	case ServerError:
		return http.StatusInternalServerError
	case TemporarilyUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}

// Level is the level that a refusal is logged at: who runs the issuer is called for our faults, not for those of clients.
func (c Code) Level() slog.Level {
	switch c {
	case ServerError:
		return slog.LevelError
	case TemporarilyUnavailable:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}
