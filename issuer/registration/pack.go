package registration

import (
	"slices"
	"strings"
)

// pack makes r small, without a change of what it says: an issuer keeps it for as long as the client lives. All its text
// becomes one piece of memory that holds each word once, and so do its lists, without the room to grow that a decoder
// leaves behind.
func (r *Registration) pack() {
	r.packLists()
	places := r.texts()
	known := make(map[string]int, len(places)) // where in the piece a word stands
	size := 0
	for _, place := range places {
		if _, ok := known[*place]; !ok {
			known[*place] = size
			size += len(*place)
		}
	}
	var piece strings.Builder
	piece.Grow(size)
	for _, place := range places {
		if known[*place] == piece.Len() { // else it is there already
			piece.WriteString(*place)
		}
	}
	packed := piece.String()
	for _, place := range places {
		start := known[*place]
		*place = packed[start : start+len(*place)]
	}
}

// packLists puts the lists behind one another. Most clients are granted all of their scopes by default: then that is one list.
func (r *Registration) packLists() {
	shared := slices.Equal(r.DefaultScopes, r.Scopes)
	if shared {
		r.DefaultScopes = nil
	}
	size := 0
	for _, list := range r.lists() {
		size += len(*list)
	}
	all := make([]string, 0, size)
	for _, list := range r.lists() {
		if len(*list) == 0 {
			*list = nil
			continue
		}
		start := len(all)
		all = append(all, *list...)
		*list = all[start:len(all):len(all)]
	}
	if shared {
		r.DefaultScopes = r.Scopes
	}
	r.Credentials = slices.Clone(r.Credentials)
}

func (r *Registration) lists() []*[]string {
	return append([]*[]string{
		&r.GrantTypes, &r.Scopes, &r.DefaultScopes, &r.Audiences, &r.Guards, &r.RedirectURIs, &r.PostLogoutRedirectURIs,
	}, r.Extras.lists()...)
}

// texts are the places of all text in r. TestPackedIsAll finds one that is missing.
func (r *Registration) texts() []*string {
	places := []*string{
		&r.ClientID, &r.Owner.Namespace, &r.Owner.Name, &r.Owner.UID, &r.DisplayName, &r.BackchannelLogoutURI,
		&r.AccessTokenFormat, &r.UserInfoAlgorithm, &r.IntrospectionAlgorithm,
	}
	if r.IDToken != nil {
		places = append(places, &r.IDToken.Algorithm, &r.IDToken.Claims)
	}
	if r.Extras != nil && r.Extras.SkipConsent != nil {
		places = append(places, &r.Extras.SkipConsent.Policy)
	}
	for i := range r.Credentials {
		places = append(places, &r.Credentials[i].ID)
	}
	for _, list := range r.lists() {
		for i := range *list {
			places = append(places, &(*list)[i])
		}
	}
	return places
}
