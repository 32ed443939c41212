package conformance

import (
	"cmp"
	"encoding/json"
	"net/http"
	"sync"
)

// errands let programs without a browser send a person: a request for ?url=… is answered with what arrived at the client.
// Requests with the same ?person=… share a browser; ?decision=… is what the person answers, "allow" otherwise.
type errands struct {
	judged *judged

	mu     sync.Mutex
	people map[string]*person
}

// ServeHTTP sends one person on one way.
func (e *errands) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	sent := *e.person(query.Get("person"))
	sent.decision = cmp.Or(query.Get("decision"), sent.decision)
	arrived, err := sent.visit(r.Context(), query.Get("url"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(arrived)
}

func (e *errands) person(name string) *person {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.people == nil {
		e.people = map[string]*person{}
	}
	if e.people[name] == nil {
		e.people[name] = e.judged.person()
	}
	return e.people[name]
}
