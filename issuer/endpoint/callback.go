package endpoint

import (
	"net/http"

	"tokenwright.dev/issuer/oauth"
)

// callback is where the answer to an authorization request goes: a URI that is registered for the client, and what the
// client gets back with every answer (RFC 6749 section 4.1.2, RFC 9207).
type callback struct {
	uri    string
	mode   oauth.ResponseMode
	state  string
	issuer string
}

// refused is a failure that the client is told of by way of the browser (RFC 6749 section 4.1.2.1).
type refused struct {
	error

	to *callback
}

// Unwrap gives the failure itself.
func (r *refused) Unwrap() error { return r.error }

func (c *callback) refuse(err error) error { return &refused{err, c} }

// send answers the client. Nothing that was sent to us by POST is sent on: the browser goes there by GET (RFC 9700 section
// 4.12).
func (c *callback) send(x *exchange, params ...oauth.Param) error {
	if c.state != "" {
		params = append(params, oauth.Param{Name: "state", Value: c.state})
	}
	params = append(params, oauth.Param{Name: "iss", Value: c.issuer})
	if c.mode == oauth.ModeFormPost {
		return x.post(c.uri, params)
	}
	target, err := oauth.AppendResponse(c.uri, params)
	if err != nil {
		return oauth.ServerError.Hide(err)
	}
	return x.redirect(target)
}

// tell answers the client with a failure.
func (c *callback) tell(x *exchange, refusal *oauth.Error) error {
	params := []oauth.Param{{Name: "error", Value: string(refusal.Code)}}
	if refusal.Description != "" {
		params = append(params, oauth.Param{Name: "error_description", Value: refusal.Description})
	}
	return c.send(x, params...)
}

// redirect answers 303, so that the browser comes by GET whatever it came by before.
func (x *exchange) redirect(target string) error {
	header := x.w.Header()
	header["Location"] = []string{target}
	header["Referrer-Policy"] = noReferrer
	x.write(http.StatusSeeOther, nil)
	return nil
}

var noReferrer = []string{"no-referrer"}
