package login

// ScopeView is one scope as people are shown it. Without a description they see the bare name.
type ScopeView struct{ Name, Description string }

// builtinScopes describes the scopes of OpenID Connect Core sections 5.4 and 11 where the issuer's owner does not.
var builtinScopes = map[string]string{
	"openid":         "know that it is you",
	"profile":        "see your name and profile",
	"email":          "see your e-mail address",
	"address":        "see your postal address",
	"phone":          "see your phone number",
	"groups":         "see which groups you are in",
	"offline_access": "keep its access while you are not there",
}

// DescribeScopes tells what scopes mean, in the words of descriptions and, for those of OpenID Connect, in our own.
func DescribeScopes(scopes []string, descriptions map[string]string) []ScopeView {
	described := make([]ScopeView, 0, len(scopes))
	for _, scope := range scopes {
		described = append(described, ScopeView{scope, either(descriptions[scope], builtinScopes[scope])})
	}
	return described
}
