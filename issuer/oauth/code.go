package oauth

import (
	"log/slog"
	"net/http"
)

// Code is an error code as it stands on the wire.
type Code string

// The error codes that this issuer answers with. A new one gets a row in TestCodes.
const (
	// InvalidRequest says that the request itself is malformed.
	InvalidRequest Code = "invalid_request"
	// InvalidClient says that client authentication failed, for whatever reason (RFC 6749 section 5.2).
	InvalidClient Code = "invalid_client"
	// InvalidGrant says that a code, a refresh token or what proves it is no good, for whatever reason (RFC 6749 section 5.2).
	InvalidGrant Code = "invalid_grant"
	// UnauthorizedClient says that this client may not use this grant type, or not the authorization endpoint.
	UnauthorizedClient Code = "unauthorized_client"
	// UnsupportedGrantType says that this issuer does not serve the grant type (RFC 6749 section 5.2).
	UnsupportedGrantType Code = "unsupported_grant_type"
	// InvalidScope says that the scope is malformed, or more than the client may have.
	InvalidScope Code = "invalid_scope"
	// InvalidTarget says that a resource is malformed, or not one that the client may name (RFC 8707 section 2).
	InvalidTarget Code = "invalid_target"
	// UnsupportedTokenType says that tokens of this type cannot be revoked (RFC 7009 section 2.2.1).
	UnsupportedTokenType Code = "unsupported_token_type"
	// ServerError says that the fault is ours (RFC 6749 section 4.1.2.1).
	ServerError Code = "server_error"
	// TemporarilyUnavailable says that the same request may succeed later (RFC 6749 section 4.1.2.1).
	TemporarilyUnavailable Code = "temporarily_unavailable"

	// AccessDenied says that the resource owner, or a policy, said no (RFC 6749 section 4.1.2.1).
	AccessDenied Code = "access_denied"
	// UnsupportedResponseType says that this issuer does not answer in that way (RFC 6749 section 4.1.2.1).
	UnsupportedResponseType Code = "unsupported_response_type"
	// LoginRequired says that nobody is logged in and no page may be shown (OpenID Connect Core section 3.1.2.6).
	LoginRequired Code = "login_required"
	// ConsentRequired says that nobody has consented and no page may be shown (OpenID Connect Core section 3.1.2.6).
	ConsentRequired Code = "consent_required"
	// InteractionRequired says that some other page is needed and none may be shown (OpenID Connect Core section 3.1.2.6).
	InteractionRequired Code = "interaction_required"
	// AccountSelectionRequired says that an account must be chosen, and cannot be (OpenID Connect Core section 3.1.2.6).
	AccountSelectionRequired Code = "account_selection_required"
	// RequestNotSupported refuses request objects (OpenID Connect Core section 3.1.2.6).
	RequestNotSupported Code = "request_not_supported"
	// RequestURINotSupported refuses references to request objects (OpenID Connect Core section 3.1.2.6).
	RequestURINotSupported Code = "request_uri_not_supported"
	// UnmetAuthenticationRequirements says that nobody can log in here as strongly as the client insists on (OpenID Connect
	// Core Unmet Authentication Requirements section 2).
	UnmetAuthenticationRequirements Code = "unmet_authentication_requirements"

	// AuthorizationPending says that nobody has answered yet, and that the device may ask again (RFC 8628 section 3.5).
	AuthorizationPending Code = "authorization_pending"
	// SlowDown says that the device asks too often: from now on it waits five seconds longer (RFC 8628 section 3.5).
	SlowDown Code = "slow_down"
	// ExpiredToken says that a device code has expired, and that the device has to begin anew (RFC 8628 section 3.5).
	ExpiredToken Code = "expired_token"

	// InvalidToken says that an access token is no good, for whatever reason (RFC 6750 section 3.1).
	InvalidToken Code = "invalid_token"
	// InsufficientScope says that an access token is good, but not for this (RFC 6750 section 3.1).
	InsufficientScope Code = "insufficient_scope"
)

// Status is the HTTP status that goes with c, where c is not sent by way of a redirect.
func (c Code) Status() int {
	switch c {
	case InvalidClient, InvalidToken:
		return http.StatusUnauthorized
	case InsufficientScope:
		return http.StatusForbidden
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
