package endpoint

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/token"
)

// family is one issuer under all the URLs that it is known by, the present one first. It is nil for an issuer with one URL,
// which is asked nothing of this.
type family []face

// face is the issuer under one of its URLs. A view of its own serves it, so that all that a client is told under it names
// that URL: metadata, tokens, answers of the authorization endpoint, pages and cookies.
type face struct {
	registration.OtherURL

	host string // of the URL, in lower case and without the default port of its scheme
	port string // that default port, with its colon
	view *view
}

// known adds to v, the view of the present URL, what serves the others.
func (s *Server) known(v *view) {
	if len(v.config.Others) == 0 {
		return
	}
	members := family{newFace(registration.OtherURL{URL: v.config.URL}, v)}
	for _, other := range v.config.Others {
		config := v.config.As(other.URL)
		sealer := v.sealer
		if sealer != nil {
			sealer = sealer.For(other.URL)
		}
		also := s.bareView(&config, v.keys, sealer)
		also.other, also.ends, also.asked = other.URL, other.Until, s.Metrics.UnderOtherURL(other.URL)
		members = append(members, newFace(other, also))
	}
	for _, member := range members {
		member.view.family = members
	}
}

func newFace(of registration.OtherURL, v *view) face {
	f := face{OtherURL: of, port: ":80", view: v}
	parsed, err := url.Parse(of.URL)
	if err != nil {
		return f // a configuration that nobody can reach
	}
	if parsed.Scheme == "https" {
		f.port = ":443"
	}
	f.host = strings.ToLower(strings.TrimSuffix(parsed.Host, f.port))
	return f
}

// at tells whether host, as a request names it, is that of the face (RFC 9110 section 4.2.3).
func (f *face) at(host string) bool {
	return strings.EqualFold(strings.TrimSuffix(host, f.port), f.host)
}

// meet is the view that a request is answered by: that of the URL whose host it names. A host that is none of ours is a
// proxy's or a Service's, so then the path alone decides, and the present URL where it cannot. What a stranger may gain by
// another Host is a token of his own with another name of the same issuer.
func (f family) meet(r *http.Request, now time.Time) *view {
	byPath := -1
	for i := range f {
		if !f[i].Live(now) || f[i].view.routes[r.URL.Path] == nil {
			continue
		}
		if f[i].at(r.Host) {
			return f[i].view
		}
		if byPath < 0 {
			byPath = i
		}
	}
	return f[max(byPath, 0)].view
}

// names are the URLs that tokens may name at now.
func (f family) names(now time.Time) []string {
	var names []string
	for i := range f {
		if f[i].Live(now) {
			names = append(names, f[i].URL)
		}
	}
	return names
}

// verifier reads the tokens of this issuer, under whichever of its names they were issued.
func (x *exchange) verifier() token.Verifier {
	return token.Verifier{
		Issuer: x.view.config.URL, Others: x.view.family.names(x.began), Keys: x.view.keys, Algorithms: signatures,
	}
}

// trusts tells whether an opaque token may name issuer. One of a former version names none.
func (x *exchange) trusts(issuer string) bool {
	return issuer == "" || issuer == x.view.config.URL || x.view.family.has(issuer, x.began)
}

// has tells whether tokens may name issuer at now.
func (f family) has(issuer string, now time.Time) bool {
	for i := range f {
		if f[i].URL == issuer {
			return f[i].Live(now)
		}
	}
	return false
}

// withinName is when a token ends that would end at expires: not after the name that it bears. Times are in seconds since
// 1970; it ends after issued in any case, which a token has to.
func (v *view) withinName(issued, expires int64) int64 {
	if v.ends.IsZero() {
		return expires
	}
	return min(expires, max(v.ends.Unix(), issued+1))
}
