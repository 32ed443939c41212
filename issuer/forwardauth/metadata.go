package forwardauth

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// resourceMetadata is what is said of a resource (RFC 9728 section 2).
type resourceMetadata struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers"`
	Scopes               []string `json:"scopes_supported,omitempty"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	// A guard sees no proof of a key, so it takes no token that is bound to one.
	DPoPBound bool `json:"dpop_bound_access_tokens_required"`
	MTLSBound bool `json:"tls_client_certificate_bound_access_tokens"`
}

// documentAge is for how long, in seconds, what a guard says of its resources may be kept.
const documentAge = 300

// described finds the resource whose metadata is at an escaped path below wellKnown; nil if there is none. Of a path
// that ends with a slash some clients leave that out (MCP's TypeScript SDK does), so both forms are found.
func described(resources []Resource, path string) *Resource {
	for _, asked := range [...]string{path, path + "/"} {
		for i := range resources {
			if asked == wellKnown+resources[i].path {
				return &resources[i]
			}
		}
	}
	return nil
}

// describe answers whoever asks what a resource needs: any client, and a script of any origin, since nothing here is
// secret or somebody's. It is no answer to a proxy that asks whether a request may pass, and stands at a path at which
// none asks.
func (g *Guard) describe(w http.ResponseWriter, r *http.Request, of *Resource) {
	h := w.Header()
	h["Access-Control-Allow-Origin"] = []string{"*"}
	switch {
	case of == nil:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodOptions:
		h["Access-Control-Allow-Methods"], h["Access-Control-Allow-Headers"] = []string{"GET, HEAD"}, []string{"*"}
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h["Allow"] = []string{"GET, HEAD, OPTIONS"}
		w.WriteHeader(http.StatusMethodNotAllowed)
	default:
		g.writeMetadata(w, of)
	}
}

func (g *Guard) writeMetadata(w http.ResponseWriter, of *Resource) {
	h := w.Header()
	with, err := g.Credentials(false)
	if err != nil {
		h["Retry-After"] = []string{strconv.Itoa(int(retryAfter.Seconds()))}
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	document, err := json.Marshal(&resourceMetadata{
		Resource: of.ID, AuthorizationServers: []string{with.Issuer}, Scopes: g.ScopesSupported, BearerMethods: []string{"header"},
	})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h["Content-Type"] = []string{"application/json"}
	h["Cache-Control"] = []string{"public, max-age=" + strconv.Itoa(documentAge)}
	h["Content-Length"] = []string{strconv.Itoa(len(document))}
	_, _ = w.Write(document)
}
