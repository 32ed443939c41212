package registration

// Paths of an issuer's endpoints below its URL, which the operator tells to whoever asks.
const (
	AuthorizationPath = "/authorize"
	TokenPath         = "/token"
	JWKSPath          = "/jwks"
	IntrospectionPath = "/introspect"
	UserInfoPath      = "/userinfo"
	// DeviceAuthorizationPath is where devices begin (RFC 8628 section 3.1).
	DeviceAuthorizationPath = "/device_authorization"
	// MetadataPath stands before the path of the issuer's URL, not below it (RFC 8414 section 3.1).
	MetadataPath = "/.well-known/oauth-authorization-server"
)
