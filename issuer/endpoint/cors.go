package endpoint

// Single-page applications run in the browser and ask from there. What they may ask takes no cookie and trusts no origin:
// whoever has a code, a token or a client's secret may use it from anywhere. So any origin may, at the endpoints that say so.
// The authorization endpoint and the pages, which know people by cookies, are not among them (RFC 9700 section 2.6).
var (
	anyOrigin    = []string{"*"}
	corsHeaders  = []string{"authorization, content-type"}
	corsExposed  = []string{"Retry-After, WWW-Authenticate"}
	corsRemember = []string{"600"} // seconds
)

// allowOrigin lets the script that asks read the answer (Fetch Standard section 3.2). Without an origin nobody needs to be
// told.
func (x *exchange) allowOrigin(to *route) {
	if !to.cors || len(x.r.Header["Origin"]) == 0 {
		return
	}
	header := x.w.Header()
	header["Access-Control-Allow-Origin"], header["Access-Control-Expose-Headers"] = anyOrigin, corsExposed
}

// preflight tells a browser what the script may send.
func (x *exchange) preflight(to *route) {
	if !to.cors || len(x.r.Header["Origin"]) == 0 {
		return
	}
	header := x.w.Header()
	header["Access-Control-Allow-Methods"], header["Access-Control-Allow-Headers"] = to.allow, corsHeaders
	header["Access-Control-Max-Age"] = corsRemember
}
