package endpoint

import (
	"net/http"
	"net/url"

	"tokenwright.dev/issuer/oauth"
)

// maxForm bounds what a page of ours sends, in bytes: a sealed request and little else.
const maxForm = 32 << 10

// crossOrigin keeps other sites from sending our forms (Fetch Metadata, and the Origin header where browsers lack it). It
// comes on top of what is sealed in each form.
var crossOrigin = http.NewCrossOriginProtection()

// readForm reads what a page of ours sends: the query of a GET, the body of a POST.
func readForm(x *exchange) (url.Values, error) {
	if x.r.Method != http.MethodPost {
		query, err := url.ParseQuery(x.r.URL.RawQuery)
		if err != nil {
			return nil, oauth.InvalidRequest.Refusef("the address is malformed")
		}
		return query, nil
	}
	if err := crossOrigin.Check(x.r); err != nil {
		return nil, oauth.InvalidRequest.Because(err, "the form was sent by another site")
	}
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, maxForm)
	if err := x.r.ParseForm(); err != nil {
		return nil, oauth.InvalidRequest.Because(err, "the form is malformed or too large")
	}
	return x.r.PostForm, nil
}
