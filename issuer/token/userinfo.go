package token

import "tokenwright.dev/issuer/keys"

// UserInfo is what the UserInfo endpoint tells of a resource owner (OpenID Connect Core section 5.3.2).
type UserInfo struct {
	Issuer   string
	Audience string // the client_id of the client
	Subject  string
	// Further is what is told beside sub. Names that the protocol has given a meaning are left out, as are claims without a
	// value.
	Further map[string]any
}

// Encode writes the answer as JSON, without issuer and audience.
func (u *UserInfo) Encode() ([]byte, error) {
	set, err := u.set()
	if err != nil {
		return nil, err
	}
	return set.marshal()
}

// AppendUserInfo appends to dst the answer that signer makes of u, as a compact JWS. It does not expire, so nothing that
// wants a token takes it for one.
func AppendUserInfo(dst []byte, signer *keys.Signer, u *UserInfo) ([]byte, error) {
	set, err := u.set()
	if err != nil || !filled(u.Issuer, u.Audience) {
		return nil, errIncomplete
	}
	set["iss"], set["aud"] = u.Issuer, u.Audience
	text, err := set.marshal() // nothing here reads it, so it may tell what no token has room for
	if err != nil {
		return nil, err
	}
	return appendSigned(dst, signer, signer.Header(plainType), text)
}

func (u *UserInfo) set() (claimSet, error) {
	if !filled(u.Subject) || !isSubject(u.Subject) {
		return nil, errIncomplete
	}
	set := further(u.Further)
	set["sub"] = u.Subject
	return set, nil
}
