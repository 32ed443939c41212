package login

import (
	"encoding/json"
	"fmt"
	"strings"
)

// packedNames are what common claims are called where room is short. A name that was given never changes.
var packedNames = map[string]string{
	"name": "n", "family_name": "f", "given_name": "g", "middle_name": "m", "nickname": "k", "preferred_username": "u",
	"profile": "r", "picture": "p", "website": "w", "gender": "s", "birthdate": "b", "zoneinfo": "z", "locale": "l",
	"updated_at": "t", "email": "e", "email_verified": "v", "address": "a", "phone_number": "c", "phone_number_verified": "d",
	groupsClaim: "G",
}

var unpackedNames = func() map[string]string {
	names := map[string]string{}
	for name, short := range packedNames {
		names[short] = name
	}
	return names
}()

// otherName begins the packed names of all other claims.
const otherName = "-"

// PackClaims writes claims as UnpackClaims reads them: JSON with short names, nil for none.
func PackClaims(claims map[string]any) ([]byte, error) {
	if claims == nil {
		return nil, nil
	}
	short := make(map[string]any, len(claims))
	for name, value := range claims {
		packed, known := packedNames[name]
		if !known {
			packed = otherName + name
		}
		short[packed] = value
	}
	return json.Marshal(short)
}

// UnpackClaims reads what PackClaims wrote.
func UnpackClaims(packed []byte) (map[string]any, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	var short map[string]any
	if err := json.Unmarshal(packed, &short); err != nil {
		return nil, err
	}
	claims := make(map[string]any, len(short))
	for name, value := range short {
		whole, other := strings.CutPrefix(name, otherName)
		if !other {
			var known bool
			if whole, known = unpackedNames[name]; !known {
				return nil, fmt.Errorf("login: no claim is packed as %q", name)
			}
		}
		claims[whole] = value
	}
	return claims, nil
}
