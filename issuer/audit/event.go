package audit

// Event is the name of something that an auditor wants to find. Names are part of the API: they never change.
type Event string

// All events of the issuer.
const (
	// TokenIssued says that a client got a token.
	TokenIssued Event = "token.issued"
	// TokenRefused says that a request for a token failed.
	TokenRefused Event = "token.refused"
	// IntrospectionAnswered says that a resource server asked for a token and got an answer.
	IntrospectionAnswered Event = "introspection.answered"
	// IntrospectionRefused says that a request for introspection failed.
	IntrospectionRefused Event = "introspection.refused"
	// AuthorizationGranted says that a resource owner's authorization went to a client, as a code.
	AuthorizationGranted Event = "authorization.granted"
	// AuthorizationRefused says that a request for authorization failed, or was denied.
	AuthorizationRefused Event = "authorization.refused"
	// LoggedIn says that somebody logged in.
	LoggedIn Event = "login.succeeded"
	// LoggedOut says that somebody ended their login session.
	LoggedOut Event = "logout"
	// LoggedInAgain says that somebody logged in once more in the same browser: the session goes on, and a copy of the former
	// cookie is worth nothing.
	LoggedInAgain Event = "login.renewed"
	// SessionEnded says that a login session has ended without a logout: by another person at the same browser or, for one
	// client, by its age, a grant that somebody deleted, or a TokenRevocation that somebody wrote.
	SessionEnded Event = "session.ended"
	// LogoutDelivered says that a client heard of the end of a login session, LogoutUndelivered that it did not.
	LogoutDelivered   Event = "logout.delivered"
	LogoutUndelivered Event = "logout.undelivered"
	// LoginClaimsOmitted says which claims an identity provider elsewhere gave in a form that they do not have, so that they
	// were left out of what is known of whoever has logged in.
	LoginClaimsOmitted Event = "login.claims_omitted"
	// IDTokenClaimsOmitted says which claims an ID token has no room for. The userinfo endpoint tells them.
	IDTokenClaimsOmitted Event = "id_token.claims_omitted"
	// LoginRefused says that somebody tried and failed.
	LoginRefused Event = "login.refused"
	// DeviceWaits says that a device was given a code, and waits for its resource owner.
	DeviceWaits Event = "device.waits"
	// DeviceEvicted says that devices which wait made way for the one of this entry.
	DeviceEvicted Event = "device.evicted"
	// DeviceApproved says that a resource owner lets a device have what it asked for.
	DeviceApproved Event = "device.approved"
	// DeviceRefused says that a device authorization request failed, or that somebody answered a device with no.
	DeviceRefused Event = "device.refused"
	// DeviceCodeReused says that a device code came again long after it had got its tokens, and that its grant has ended.
	DeviceCodeReused Event = "device_code.reused"
	// CodeReused says that a code came a second time, or with a wrong verifier, and that its grant has ended.
	CodeReused Event = "code.reused"
	// RefreshTokenReused says that a refresh token came after it had made way for another, and that its grant has ended.
	RefreshTokenReused Event = "refresh_token.reused"
	// PersonGone says that an identity provider elsewhere knows somebody no longer, and that their login session has ended with
	// what was granted in it.
	PersonGone Event = "person.gone"
	// PersonEnded says that a users file has somebody no longer, disables them or gives them another password, and that the
	// sessions, grants and consent of theirs from before have ended. Each replica that hears of it first says so.
	PersonEnded Event = "person.ended"
	// UserEntriesRefused says that entries of a users file cannot be read: nobody logs in by them, and all others do. Each
	// replica says so once for each version of the file, with the line and what to write instead, and without names.
	UserEntriesRefused Event = "users.entries_refused"
	// ProviderUnusable says that nobody can log in by an identity provider at this replica, and why. ProviderUsable says that
	// people can again. Each replica says so once for each change.
	ProviderUnusable Event = "identity_provider.unusable"
	ProviderUsable   Event = "identity_provider.usable"
	// GrantRevoked says that a grant has ended with all that came of it, by the client's or the resource owner's wish, or
	// because the resource owner is gone or has another password.
	GrantRevoked Event = "grant.revoked"
	// GrantEvicted says that a grant has ended because its resource owner may have no more: the one that was used least
	// recently makes way.
	GrantEvicted Event = "grant.evicted"
	// TokenRevoked says that one access token has ended.
	TokenRevoked Event = "token.revoked"
	// RevocationApplied says that a TokenRevocation which somebody wrote is in force: once for each person whom it names by a
	// username, and as a warning where it means nobody who is known. Of all replicas one says so.
	RevocationApplied Event = "revocation.applied"
	// SigningKeyRevoked and SealingKeyRevoked say that this replica believes a key no longer, since somebody revoked it in the
	// spec of the TokenIssuer: whatever was signed or sealed under it has ended here. Each replica that was running says so.
	SigningKeyRevoked Event = "signing_key.revoked"
	SealingKeyRevoked Event = "sealing_key.revoked"
	// RevocationRefused says that a request for revocation failed, or was about nothing.
	RevocationRefused Event = "revocation.refused"
	// AccountRefused says that somebody's request to their own page failed.
	AccountRefused Event = "account.refused"
	// ClientThrottled says that authentication failed more often than the budget allows.
	ClientThrottled Event = "client.throttled"
)
