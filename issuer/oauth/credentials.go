package oauth

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
)

// Method is a way of client authentication, by its registered name (RFC 7591 section 2, RFC 8414 section 2).
type Method string

// The methods that this issuer reads.
const (
	// MethodBasic sends the secret in the Authorization header, or no more than the client_id, with an empty secret.
	MethodBasic Method = "client_secret_basic"
	// MethodPost sends the secret in the body.
	MethodPost Method = "client_secret_post"
	// MethodNone sends the client_id alone.
	MethodNone Method = "none"
)

// Credentials is what a request says of who sent it; nothing of it is proved yet. It shows its secret to nobody who
// prints, formats, logs or encodes it, nor does a request that embeds it.
type Credentials struct {
	ClientID string
	// Secret is empty with MethodNone, never with MethodPost. With MethodBasic it may be: so some public clients name
	// themselves, and nobody proves anything by it.
	Secret string `json:"-"`
	Method Method
}

// Refuse is the one answer to failed authentication, the same for an unknown client and a wrong secret, so that nobody
// learns which it was.
func (c Credentials) Refuse() error {
	return &Error{Code: InvalidClient, Description: "client authentication failed", Challenge: c.Method == MethodBasic}
}

// LogValue logs client and method.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("clientID", c.ClientID), slog.String("method", string(c.Method)))
}

// String names client and method.
func (c Credentials) String() string { return fmt.Sprintf("%q by %s", c.ClientID, string(c.Method)) }

// Format writes the same for every verb and flag, so that %+v and %#v show no more than %s.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// readCredentials finds the one way in which a request authenticates its client (RFC 6749 section 2.3).
func readCredentials(header http.Header, body form) (Credentials, error) {
	switch authorization := header["Authorization"]; len(authorization) {
	case 0:
		return credentialsInBody(body)
	case 1:
		return credentialsInHeader(authorization[0], body)
	default:
		return Credentials{}, InvalidRequest.Refusef("more than one Authorization header")
	}
}

// credentialsInHeader refuses a second method beside the header, since it would be open which one counts, and a
// client_id that contradicts it (RFC 6749 sections 2.3 and 3.2.1).
func credentialsInHeader(authorization string, body form) (Credentials, error) {
	if body.has("client_secret") || body.hasAssertion() {
		return Credentials{}, errTwoMethods()
	}
	id, secret, err := ParseBasic(authorization)
	if err != nil {
		return Credentials{}, err
	}
	if claimed := body.get("client_id"); claimed != "" && claimed != id {
		return Credentials{}, InvalidRequest.Refusef("client_id differs from the client in the Authorization header")
	}
	return Credentials{ClientID: id, Secret: secret, Method: MethodBasic}, nil
}

func credentialsInBody(body form) (Credentials, error) {
	switch id, secret := body.get("client_id"), body.get("client_secret"); {
	case body.hasAssertion() && secret != "":
		return Credentials{}, errTwoMethods()
	case body.hasAssertion():
		return Credentials{}, InvalidClient.Refusef("client assertions are not supported, use a client secret")
	case id == "" && secret != "":
		return Credentials{}, InvalidRequest.Refusef("client_secret needs client_id")
	case id == "":
		return Credentials{}, InvalidClient.Refusef("no client authentication")
	case secret == "":
		return Credentials{ClientID: id, Method: MethodNone}, nil
	default:
		return Credentials{ClientID: id, Secret: secret, Method: MethodPost}, nil
	}
}

func errTwoMethods() error {
	return InvalidRequest.Refusef("more than one method of client authentication")
}

// hasAssertion tells whether the request holds a client assertion or its type (RFC 7521 section 4.2).
func (f form) hasAssertion() bool { return f.has("client_assertion") || f.has("client_assertion_type") }
