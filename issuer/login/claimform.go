package login

import "slices"

// taken are the claims that mean the same everywhere, as an identity provider elsewhere gives them.
func taken(upstream map[string]any) map[string]any {
	claims := map[string]any{}
	for name, value := range upstream {
		if isKnown(name) {
			claims[name] = value
		}
	}
	return claims
}

// isKnown tells whether a claim means the same everywhere.
func isKnown(name string) bool { return standardClaims[name] != nil || name == groupsClaim }

// settle brings these claims into the form that they have here, and leaves out what has none: it returns the names of those
// that said something and were left out, sorted. What no standard knows may be anything.
func settle(claims map[string]any) (omitted []string) {
	for name, value := range claims {
		if !isKnown(name) {
			continue
		}
		settled, ok := inForm(name, value)
		switch {
		case ok && !empty(settled):
			claims[name] = settled
			continue
		case !ok:
			omitted = append(omitted, name)
		}
		delete(claims, name)
	}
	slices.Sort(omitted)
	return omitted
}

// inForm gives a known claim its form. Providers write groups as one text where there is one, and true as a text: what they mean
// is beyond doubt. False where they may mean anything.
func inForm(name string, value any) (any, bool) {
	text, written := value.(string)
	switch {
	case empty(value):
		return nil, true
	case name == groupsClaim && written:
		return []string{text}, true
	case name == groupsClaim:
		groups := texts(value)
		return slices.DeleteFunc(groups, func(group string) bool { return group == "" }), len(groups) > 0
	case standardClaims[name](value):
		return value, true
	case standardClaims[name](true) && (text == "true" || text == "false"):
		return text == "true", true
	default:
		return nil, false
	}
}

// texts is a list of texts, or nothing.
func texts(value any) []string {
	list, _ := value.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		text, ok := item.(string)
		if !ok {
			return nil
		}
		out = append(out, text)
	}
	return out
}
