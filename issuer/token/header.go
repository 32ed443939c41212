package token

import "slices"

// longestKID is longer than any identifier of ours, which are RFC 7638 thumbprints.
const longestKID = 256

// header is what counts of a JOSE header (RFC 7515 section 4). The keys that a token brings along (jwk, jku, x5u, x5c) do
// not: whoever forges a token can bring one.
type header struct{ alg, kid, typ string }

// parseHeader reads a header that asks for nothing beyond RFC 7515. crit names extensions that must be understood, and
// none are; b64 changes what was signed (RFC 7797) and is refused with or without it.
func parseHeader(text string) (header, error) {
	members, ok := parseObject(text)
	r := reader{object: members}
	h := header{alg: r.text("alg"), kid: r.text("kid"), typ: r.text("typ")}
	if !ok || r.spoilt || members.has("crit") || members.has("b64") {
		return header{}, ErrMalformed
	}
	return h, nil
}

// check holds h to the verifier's algorithms and to the kind.
func (h header) check(algorithms []string, rules rules) error {
	switch {
	case !slices.Contains(rules.types, h.typ):
		return ErrType
	case !slices.Contains(algorithms, h.alg):
		return ErrAlgorithm
	case h.kid == "" || len(h.kid) > longestKID:
		return ErrKey
	default:
		return nil
	}
}
