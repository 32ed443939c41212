package endpoint

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"tokenwright.dev/issuer/oauth"
)

const (
	// maxAddress bounds an address that a browser is sent to for what it sent itself, in bytes: see maxCarried of package login.
	maxAddress = 1800
	// again is the query of the form by which a browser asks once more.
	again = "again"
)

// repeat has the browser ask once more by itself, since a form of another site brings no cookies of ours (SameSite=Lax). What
// would make a long address, ID tokens mostly, comes once more in a form, which is then one of ours.
func (x *exchange) repeat(path, encoded string) error {
	if address := x.view.path + path + "?" + encoded; len(address) <= maxAddress {
		return x.redirect(address)
	}
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return oauth.ServerError.Hide(err)
	}
	var params []oauth.Param
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			params = append(params, oauth.Param{Name: name, Value: value})
		}
	}
	return x.post(x.view.config.URL+path+"?"+again, params)
}

// foreignForm tells whether the request is a form that may be of another site, so that its cookies are missing.
func (x *exchange) foreignForm() bool {
	return x.r.Method == http.MethodPost && (x.r.URL.RawQuery != again || crossOrigin.Check(x.r) != nil)
}
