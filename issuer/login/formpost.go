package login

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
)

// FormPostPage is an authorization response that the browser carries to the client in a form.
type FormPostPage struct {
	Action string // the redirect URI
	Fields []FormField
}

// FormField is one parameter of the response.
type FormField struct{ Name, Value string }

// check refuses what html/template would turn into a harmless but useless address: browsers post forms over HTTP only.
func (f FormPostPage) check() error {
	target, err := url.Parse(f.Action)
	if err != nil || target.Scheme != "https" && target.Scheme != "http" {
		return errors.New("login: form_post needs a redirect URI of https or http")
	}
	return nil
}

// submitScript sends the form of formpost.html, and is the only script that any page has. It takes the method from the
// prototype, since a field called submit would hide the form's own.
const submitScript = "HTMLFormElement.prototype.submit.call(document.forms[0])"

// formPostPolicy allows that script and no other, by its hash.
var formPostPolicy = formsLeave + "; script-src " + hashSource(submitScript)

func hashSource(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
