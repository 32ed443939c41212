package login

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
)

// groupsClaim is no standard claim, but what everybody calls it.
const groupsClaim = "groups"

// scopeClaims is what each scope releases (OpenID Connect Core section 5.4). A scope that is not here releases the claim of
// its own name, if that is no standard one: groups, or department where a user has such a claim.
var scopeClaims = map[string][]string{
	"profile": {
		"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
		"website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
	},
	"email":   {"email", "email_verified"},
	"address": {"address"},
	"phone":   {"phone_number", "phone_number_verified"},
}

// standardClaims are the claims of OpenID Connect Core section 5.1 but sub, and what their values must be.
var standardClaims = map[string]func(any) bool{
	"name": isText, "family_name": isText, "given_name": isText, "middle_name": isText, "nickname": isText,
	"preferred_username": isText, "profile": isText, "picture": isText, "website": isText, "gender": isText,
	"birthdate": isText, "zoneinfo": isText, "locale": isText, "updated_at": isNumber,
	"email": isText, "email_verified": isBool,
	"phone_number": isText, "phone_number_verified": isBool,
	"address": isObject,
}

// protocolClaims are what tokens say about themselves: no identity provider has a word in them.
var protocolClaims = setOf(
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "auth_time", "nonce", "acr", "amr", "azp", "sid", "at_hash", "c_hash",
	"s_hash", "cnf", "act", "may_act", "client_id", "scope", "active", "token_type", "username", "events", "sub_jwk",
	"authorization_details", "_claim_names", "_claim_sources",
)

func setOf(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

func claimsOf(scope string) []string {
	if names, ok := scopeClaims[scope]; ok {
		return names
	}
	if standardClaims[scope] != nil {
		return nil // a scope called name is not the scope profile
	}
	return []string{scope}
}

// ReleasedNames are the names of claims that scopes can release, for metadata (claims_supported).
func ReleasedNames(scopes []string) []string {
	var names []string
	for _, scope := range scopes {
		if _, standard := scopeClaims[scope]; standard || scope == groupsClaim {
			names = append(names, claimsOf(scope)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func typed(name string, value any) bool {
	check := standardClaims[name]
	return check == nil || check(value)
}

// empty tells whether value says nothing. A false and a zero say something.
func empty(value any) bool {
	if value == nil {
		return true
	}
	switch of := reflect.ValueOf(value); of.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		return of.Len() == 0
	default:
		return false
	}
}

func isText(value any) bool {
	_, ok := value.(string)
	return ok
}

func isBool(value any) bool {
	_, ok := value.(bool)
	return ok
}

func isNumber(value any) bool {
	switch n := value.(type) {
	case int64, json.Number:
		return true
	case float64:
		return !math.IsNaN(n) && !math.IsInf(n, 0)
	default:
		return false
	}
}

func isObject(value any) bool {
	_, ok := value.(map[string]any)
	return ok
}
