package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// ClaimsRequest is the claims parameter: claims of the resource owner that a client asks for one by one, by name, for
// either place (OpenID Connect Core section 5.5).
type ClaimsRequest struct {
	IDToken, UserInfo map[string]ClaimRequest
}

// ClaimRequest is how one claim is asked for (OpenID Connect Core section 5.5.1). The zero value asks for it voluntarily,
// with any value.
type ClaimRequest struct {
	Essential bool `json:",omitempty"`
	// Values are those that will do, as encoding/json decodes them and in order of preference; empty when any will do.
	Values []any `json:",omitempty"`
}

// Accepts tells whether value will do.
func (c ClaimRequest) Accepts(value string) bool {
	return len(c.Values) == 0 || slices.ContainsFunc(c.Values, func(asked any) bool {
		text, ok := asked.(string)
		return ok && text == value
	})
}

// ParseClaimsRequest reads the value of a claims parameter. Members that OpenID Connect does not define are ignored, as it
// has it. The error is an *Error with InvalidRequest.
func ParseClaimsRequest(text string) (*ClaimsRequest, error) {
	claims, err := decodeClaims([]byte(text))
	if err != nil {
		return nil, InvalidRequest.Refusef("claims is not as OpenID Connect Core section 5.5 has it")
	}
	return claims, nil
}

func decodeClaims(text []byte) (*ClaimsRequest, error) {
	members, err := decodeObject(text)
	if err != nil {
		return nil, err
	}
	claims := new(ClaimsRequest)
	if claims.IDToken, err = decodePlace(members["id_token"]); err != nil {
		return nil, err
	}
	claims.UserInfo, err = decodePlace(members["userinfo"])
	return claims, err
}

// decodePlace reads the claims that are asked for in one place.
func decodePlace(text json.RawMessage) (map[string]ClaimRequest, error) {
	if isNull(text) {
		return nil, nil //nolint:nilnil // nothing is asked for there
	}
	members, err := decodeObject(text)
	if err != nil {
		return nil, err
	}
	place := make(map[string]ClaimRequest, len(members))
	for name, member := range members {
		if place[name], err = decodeClaim(member); err != nil {
			return nil, err
		}
	}
	return place, nil
}

func decodeClaim(text json.RawMessage) (ClaimRequest, error) {
	if isNull(text) {
		return ClaimRequest{}, nil
	}
	members, err := decodeObject(text)
	if err != nil {
		return ClaimRequest{}, err
	}
	var c ClaimRequest
	if essential, found := members["essential"]; found {
		if err := json.Unmarshal(essential, &c.Essential); err != nil {
			return ClaimRequest{}, err
		}
	}
	c.Values, err = decodeValues(members)
	return c, err
}

// decodeValues reads the one value that will do, or those of which one will do.
func decodeValues(members map[string]json.RawMessage) ([]any, error) {
	value, single := members["value"]
	values, several := members["values"]
	if single && several {
		return nil, errors.New("both value and values")
	}
	if single {
		values = slices.Concat(json.RawMessage("["), value, json.RawMessage("]"))
	}
	if !single && !several {
		return nil, nil
	}
	var decoded []any
	if err := json.Unmarshal(values, &decoded); err != nil || len(decoded) == 0 {
		return nil, errors.New("values is not a list of values")
	}
	return decoded, nil
}

// isNull tells whether text is absent, or null.
func isNull(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }

// decodeObject reads text, which must be one JSON object and nothing else, with names that differ: encoding/json alone
// would take the last of several members of one name.
func decodeObject(text []byte) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return nil, errors.New("no object")
	}
	members := map[string]json.RawMessage{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		if _, found := members[name]; found {
			return nil, errors.New("a name stands twice")
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		members[name] = value
	}
	if _, err := decoder.Token(); err != nil { // the closing bracket
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return members, nil
}
