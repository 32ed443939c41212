package endpoint

import (
	"net/http"
	"strings"

	"tokenwright.dev/issuer/login"
)

// front adds the page at the issuer's own address, with and without a slash at its end, and what that page refers to. An
// issuer below a path leaves the root of its host to whoever has that. The page is the same for all, so it is made once;
// machines get it as well, and find the documents in its links.
func (s *Server) front(v *view) {
	page, err := v.pages.Front(frontOf(v))
	if err != nil {
		s.Log.Error("Serving no front page", "error", err)
		return
	}
	shown := frontRoute(page)
	shown.count = s.counts.metadata
	v.routes[v.path+"/"] = shown
	if v.path != "" {
		v.routes[v.path] = shown
	}
	v.routes[v.path+login.StylePath] = s.assetRoute(v.pages.Style())
	if logo := v.pages.Logo(); logo != nil {
		v.routes[v.path+login.LogoPath] = s.assetRoute(logo)
	}
}

func frontRoute(page login.Page) *route {
	return &route{
		serve:   func(x *exchange) error { return x.show(http.StatusOK, page, nil) },
		methods: []string{http.MethodGet, http.MethodHead}, allow: []string{"GET, HEAD, OPTIONS"},
		noStore: true, page: true,
	}
}

// frontOf says what the page says. All addresses come from the configuration, none from the request.
func frontOf(v *view) login.FrontPage {
	issuer := v.config.URL
	front := login.FrontPage{Issuer: issuer, Documents: []login.DocumentView{
		{Name: "OAuth 2.0 metadata", URL: strings.TrimSuffix(issuer, v.path) + oauthWellKnown + v.path},
		{Name: "OpenID Connect configuration", URL: issuer + oidcWellKnown},
		{Name: "Keys that sign tokens", URL: issuer + jwksPath},
	}}
	if v.people() {
		front.Account = v.path + accountPath
	}
	return front
}
