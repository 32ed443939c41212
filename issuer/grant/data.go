package grant

import (
	"encoding/json"
	"time"

	"tokenwright.dev/issuer/seal"
)

// Data is what a stored grant keeps to itself: it is sealed there.
type Data struct {
	// Epoch is the resource owner's when they allowed it: see login.Identity.
	Epoch string `json:"epoch,omitempty"`
	// Asked are the claims that the authorization request asked for by name.
	Asked Asked `json:"asked,omitzero"`
	// Claims are what the identity provider of a resource owner who logged in elsewhere said of them last; nil for any other.
	Claims map[string]any `json:"claims,omitempty"`
	// Upstream asks that provider again; nil where it gave nothing to ask by.
	Upstream *Upstream `json:"upstream,omitempty"`
}

func (d Data) seal(sealer *seal.Sealer, now time.Time) (string, error) {
	if d.Epoch == "" && d.Asked.IDToken == nil && d.Asked.UserInfo == nil && d.Claims == nil && d.Upstream == nil {
		return "", nil
	}
	plain, err := json.Marshal(d)
	if err != nil {
		return "", err
	}
	return sealer.Seal(seal.GrantData, plain, now)
}

// lostEpoch is of no time: what cannot be read proves nothing.
const lostEpoch = "lost"

// OpenData reads what a grant keeps to itself. What cannot be opened is lost: then nobody can tell whether the grant is of
// the resource owner's present epoch, so it is not.
func OpenData(sealer *seal.Sealer, sealed string) Data {
	var d Data
	if sealed == "" {
		return d
	}
	if sealer == nil {
		return Data{Epoch: lostEpoch}
	}
	plain, err := sealer.Open(seal.GrantData, sealed)
	if err != nil || json.Unmarshal(plain, &d) != nil {
		return Data{Epoch: lostEpoch}
	}
	return d
}
