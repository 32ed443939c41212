package registration

import "encoding/json"

// Extras is what an issuer may know of a client and may do without: left out of account it gives nobody more than they may
// have. In its Secret it stands beside the registration, not in it, so that an issuer of a former version, which refuses what
// it does not know, takes the client as before: it asks people, and says less of why it refuses.
type Extras struct {
	// SkipConsent is there where the platform answers for its people.
	SkipConsent *SkipConsent `json:"skipConsent,omitempty"`
	// RemovedScopes are those that the client asks for and policies do not allow.
	RemovedScopes []string `json:"removedScopes,omitempty"`
	// RemovedDefaults are those of them that would be granted when a request names none.
	RemovedDefaults []string `json:"removedDefaults,omitempty"`
}

// SkipConsent says what people are not asked about.
type SkipConsent struct {
	// Policy is the root policy that says so, as namespace/name.
	Policy string   `json:"policy"`
	Scopes []string `json:"scopes"`
}

// empty tells whether there is nothing to know.
func (e *Extras) empty() bool {
	return e == nil || e.SkipConsent == nil && len(e.RemovedScopes) == 0 && len(e.RemovedDefaults) == 0
}

// EncodeData writes r as the data of its Secret. The same value always gives the same bytes.
func EncodeData(r *Registration) (map[string][]byte, error) {
	strict := *r
	strict.Extras = nil
	data, err := Encode(&strict)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{DataKey: data}
	if r.Extras.empty() {
		return out, nil
	}
	out[ExtrasDataKey], err = json.Marshal(r.Extras)
	return out, err
}

// DecodeData reads what EncodeData wrote, or a former or a later version. Of the extras whatever cannot be read is left out:
// that is what they are for.
func DecodeData(data map[string][]byte) (*Registration, error) {
	r, err := Decode(data[DataKey])
	if err != nil {
		return nil, err
	}
	if r.Extras = readExtras(data[ExtrasDataKey]); r.Extras != nil {
		r.pack()
	}
	return r, nil
}

// readExtras is nil where there are none that can be read.
func readExtras(data []byte) *Extras {
	extras := new(Extras)
	if len(data) == 0 || len(data) > MaxSize || json.Unmarshal(data, extras) != nil || extras.empty() {
		return nil
	}
	return extras
}

// lists are the places of all lists in e, for pack.
func (e *Extras) lists() []*[]string {
	if e == nil {
		return nil
	}
	lists := []*[]string{&e.RemovedScopes, &e.RemovedDefaults}
	if e.SkipConsent != nil {
		lists = append(lists, &e.SkipConsent.Scopes)
	}
	return lists
}
