package token

import (
	"cmp"
	"encoding/json"
	"slices"
)

// MaxFurther bounds what an ID token tells of a resource owner, as JSON, in bytes. ID tokens travel in cookies, headers and
// the address of a logout, so what is beyond is left to the UserInfo endpoint.
const MaxFurther = 2 << 10

// weighed is a claim and what it takes as a member of a JSON object, in bytes.
type weighed struct {
	name string
	size int
}

// Fit takes of claims those that an ID token has room for: the preferred ones first, then the smaller before the larger, and
// of equal ones in order of name, so that the same claims always give the same token. A claim is taken or left as a whole;
// one that no strict reader takes is left. It returns the names of those that were left, sorted, and changes nothing.
func Fit(claims map[string]any, preferred []string) (fitting map[string]any, left []string) {
	rank := func(c weighed) int {
		if slices.Contains(preferred, c.name) {
			return 0
		}
		return 1
	}
	all, left := weigh(claims)
	slices.SortFunc(all, func(a, b weighed) int {
		return cmp.Or(rank(a)-rank(b), a.size-b.size, cmp.Compare(a.name, b.name))
	})
	fitting = make(map[string]any, len(all))
	room := MaxFurther - len("}") // each member brings the brace or the comma before it
	for _, c := range all {
		if c.size > room {
			left = append(left, c.name)
			continue
		}
		fitting[c.name], room = claims[c.name], room-c.size
	}
	slices.Sort(left)
	return fitting, left
}

// weigh tells what each of claims takes; and which have no form that what is minted here can be read in.
func weigh(claims map[string]any) (all []weighed, unreadable []string) {
	for name, value := range claims {
		text, err := json.Marshal(map[string]any{name: value})
		if err != nil {
			unreadable = append(unreadable, name)
			continue
		}
		if _, ok := parseObject(string(text)); !ok {
			unreadable = append(unreadable, name)
			continue
		}
		all = append(all, weighed{name, len(text) - len("}")})
	}
	return all, unreadable
}
