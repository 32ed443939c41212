package token

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"

	"tokenwright.dev/issuer/keys"
)

var errUnreadable = errors.New("token: claims that no strict reader takes")

// claimSet is the claims of a token by their names. It is for the tokens that are not minted by the thousand, and hold
// what a directory knows of people.
type claimSet map[string]any

// reserved are the names whose meaning the protocol gives. No directory may give them another.
var reserved = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "nonce", "auth_time", "acr", "amr", "sid", "at_hash", "c_hash",
	"s_hash", "client_id", "scope", "cnf", "act", "may_act", "events", "token_introspection", "active",
}

// further is the claims of a person, without those whose name is reserved and those that say nothing: a claim without a
// value is left out (OpenID Connect Core section 5.3.2).
func further(claims map[string]any) claimSet {
	set := make(claimSet, len(claims)+8)
	for name, value := range claims {
		if !slices.Contains(reserved, name) {
			set.put(name, value)
		}
	}
	return set
}

// put adds a claim that says something.
func (s claimSet) put(name string, value any) {
	if says(value) {
		s[name] = value
	}
}

// says tells whether value is more than null, or nothing in brackets or quotes. False and zero are something.
func says(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() > 0
	case reflect.Pointer:
		return !v.IsNil()
	default:
		return true
	}
}

// putTime adds a time, in seconds since 1970, unless there is none.
func (s claimSet) putTime(name string, seconds int64) {
	if seconds != 0 {
		s[name] = seconds
	}
}

// encode writes the set as JSON that parseObject reads, so that what is minted here can be read here.
func (s claimSet) encode() ([]byte, error) {
	text, err := s.marshal()
	if err != nil {
		return nil, err
	}
	if _, ok := parseObject(string(text)); !ok {
		return nil, errUnreadable
	}
	return text, nil
}

// marshal writes the set as JSON for readers elsewhere.
func (s claimSet) marshal() ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, errUnreadable
	}
	return text, nil
}

// append appends the JWT of type typ that signer makes of the set.
func (s claimSet) append(dst []byte, signer *keys.Signer, typ string) ([]byte, error) {
	claims, err := s.encode()
	if err != nil {
		return nil, err
	}
	return appendSigned(dst, signer, signer.Header(typ), claims)
}
