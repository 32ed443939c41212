package endpoint

import (
	"net/http"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/token"
)

// introspectionMedia is the media type of a signed answer to an introspection (RFC 9701 section 5).
const introspectionMedia = "application/token-introspection+jwt"

// The values of Content-Type of signed answers; nobody changes them.
var (
	jwtType           = []string{"application/jwt"} // RFC 7519 section 10.3.1
	introspectionType = []string{introspectionMedia}
)

// answerUserinfo answers with claims: signed for a client that is registered so, as JSON for any other (OpenID Connect Core
// section 5.3.2).
func (s *Server) answerUserinfo(x *exchange, client *policy.Client, subject string, claims map[string]any) error {
	info := &token.UserInfo{Issuer: x.view.config.URL, Audience: client.ID(), Subject: subject, Further: claims}
	algorithm := client.Registration().UserInfoAlgorithm
	if algorithm == "" {
		body, err := info.Encode()
		if err != nil {
			return oauth.ServerError.Hide(err)
		}
		return x.writeJSON(body)
	}
	signer, err := x.signer(algorithm)
	if err != nil {
		return err
	}
	body, err := token.AppendUserInfo(nil, signer, info)
	return x.writeSigned(jwtType, body, err)
}

// answerIntrospection answers with body: signed for a resource server that asks for that, which can then show to others what
// it was told (RFC 9701 section 4), as it is for any other. An inactive token gets an answer of the same kind.
func (s *Server) answerIntrospection(x *exchange, caller *policy.Client, body []byte) error {
	if !oauth.Prefers(x.r.Header["Accept"], introspectionMedia, jsonType[0]) {
		return x.writeJSON(body)
	}
	signer, err := x.signer(caller.Registration().IntrospectionAlgorithm)
	if err != nil {
		return err
	}
	signed, err := token.AppendIntrospection(nil, signer, &token.Introspection{
		Issuer: x.view.config.URL, Audience: caller.ID(), IssuedAt: x.began.Unix(), Answer: body,
	})
	return x.writeSigned(introspectionType, signed, err)
}

// signer is the key that signs by algorithm, and the one that signs access tokens where that is empty.
func (x *exchange) signer(algorithm string) (*keys.Signer, error) {
	algorithms := x.view.config.Algorithms
	if algorithm != "" {
		algorithms = []string{algorithm}
	}
	signer, err := x.view.keys.Signer(algorithms, x.began)
	if err != nil {
		return nil, oauth.Unavailable(unavailable, err)
	}
	return signer, nil
}

// writeSigned answers 200 with a JWT, unless it could not be made.
func (x *exchange) writeSigned(mediaType []string, body []byte, err error) error {
	if err != nil {
		return oauth.ServerError.Hide(err)
	}
	x.w.Header()["Content-Type"] = mediaType
	x.write(http.StatusOK, body)
	return nil
}
