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
	// ClientThrottled says that authentication failed more often than the budget allows.
	ClientThrottled Event = "client.throttled"
)
