package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// arrivalHeader marks the answers of the callback.
const arrivalHeader = "X-Arrival"

// arrival is a request that came to a client's redirect URI.
type arrival struct {
	Method string     `json:"method"` // empty where nothing came
	URL    string     `json:"url"`    // as it was asked for
	Form   url.Values `json:"form"`   // of the body
}

// arrive is the redirect URI of all clients: it answers what it got, for whoever sent the person there.
func arrive(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set(arrivalHeader, "1")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(arrival{Method: r.Method, URL: "http://" + r.Host + r.URL.String(), Form: r.PostForm})
}

func readArrival(body []byte) (*arrival, error) {
	read := new(arrival)
	return read, json.Unmarshal(body, read)
}

// params are what the client was told, whatever the response mode.
func (a *arrival) params() url.Values {
	if a.Method == http.MethodPost {
		return a.Form
	}
	parsed, err := url.Parse(a.URL)
	if err != nil {
		return nil
	}
	return parsed.Query()
}
