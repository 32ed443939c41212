package forwardauth

import (
	"errors"
	"net/http"
	"strconv"

	"tokenwright.dev/issuer/oauth"
)

// introduce tells who the request comes from: nobody, if it is a preflight. Every header is always there: one that is
// missing might be the client's own.
func introduce(h http.Header, found *introspection) {
	expires := ""
	if !found.Expires.IsZero() {
		expires = strconv.FormatInt(found.Expires.Unix(), 10)
	}
	h["X-Auth-Subject"] = []string{found.Subject}
	h["X-Auth-Client-Id"] = []string{found.ClientID}
	h["X-Auth-Scope"] = []string{found.Scopes.String()}
	h["X-Auth-Expires"] = []string{expires}
}

// refuse sets the headers of a refusal and returns its status. It is the only place that turns an error into either.
func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, q *question, err error) int {
	g.Log.DebugContext(r.Context(), "Refusing a request", "cause", err)
	expose(w.Header(), r.Header, g.Origins)
	if fault, ok := errors.AsType[misconfigured](err); ok {
		if g.complaints.due(string(fault), g.Now()) {
			g.Log.ErrorContext(r.Context(), "Refusing requests, since the proxy is configured wrongly", "cause", fault)
		}
		return http.StatusInternalServerError
	}
	refusal := oauth.From(err)
	if challenge := refusal.BearerHeader(); challenge != "" {
		if resource := resourceAt(g.Resources, q.path); resource != nil {
			challenge = resource.challenge(challenge, q.required)
		}
		w.Header()["Www-Authenticate"] = []string{challenge}
	}
	if refusal.RetryAfter > 0 {
		w.Header()["Retry-After"] = []string{strconv.Itoa(int(refusal.RetryAfter.Seconds()))}
	}
	if refusal.Code == oauth.TemporarilyUnavailable && !errors.Is(err, errThrottled) && r.Context().Err() == nil &&
		g.complaints.due("the issuer", g.Now()) {
		g.Log.WarnContext(r.Context(), "Refusing requests, since the issuer cannot be asked", "cause", err)
	}
	return refusal.Status()
}
