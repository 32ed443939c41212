package seal

// Kind is a kind of sealed value. Each has a key of its own, so that none opens as another.
type Kind struct {
	name string
	// prefix lets secret scanners and people see what a string is.
	prefix string
}

// The kinds of sealed values. A new one is a line here and one in kinds. A name never changes: the keys follow from it.
var (
	// Code is an authorization code (RFC 6749 section 1.3.1).
	Code = Kind{"code", "tw_ac_"}
	// RefreshToken is a refresh token (RFC 6749 section 1.5).
	RefreshToken = Kind{"refresh-token", "tw_rt_"}
	// AccessToken is an opaque access token (RFC 6749 section 1.4).
	AccessToken = Kind{"access-token", "tw_at_"}
	// DeviceCode is the device's half of a device authorization (RFC 8628 section 3.2).
	DeviceCode = Kind{"device-code", "tw_dc_"}
	// Session is the login session of a browser.
	Session = Kind{"session", ""}
	// Flow is an authorization request that waits for its resource owner.
	Flow = Kind{"flow", ""}
	// Ticket is a login that is under way at an identity provider elsewhere.
	Ticket = Kind{"ticket", ""}
	// Form proves that a form was made by us for the session that sends it.
	Form = Kind{"form", ""}
	// GrantData is what a stored grant keeps to itself.
	GrantData = Kind{"grant-data", ""}
	// Familiar is who was logged in before in a browser.
	Familiar = Kind{"familiar", ""}
	// Parked is what somebody brought who has logged in, and what fits neither a cookie nor a code.
	Parked = Kind{"parked", ""}
	// Snapshot is what a replica knows, in a file of its own.
	Snapshot = Kind{"snapshot", ""}
)

var kinds = []Kind{Code, RefreshToken, AccessToken, DeviceCode, Session, Flow, Ticket, Form, GrantData, Familiar, Parked, Snapshot}

// String is the kind's name.
func (k Kind) String() string { return k.name }

// Prefix is how a value of this kind begins.
func (k Kind) Prefix() string { return k.prefix }
