package endpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/oauth"
)

// handle serves one request. It is the only place that turns an error into a response or a log line.
func (s *Server) handle(w http.ResponseWriter, r *http.Request, v *view, to *route) {
	x := borrow(w, r, v, s.Now())
	if v.asked != nil {
		v.asked.Inc()
		x.said.Issuer = v.other
	}
	if s.Readiness.draining.Load() {
		w.Header()["Connection"] = closing
	}
	count := s.counts.unknown
	if to != nil {
		count, x.refusal, x.page = to.count, to.refused, to.page
	}
	if err := s.dispatch(x, to); err != nil {
		s.refuse(x, count, err)
	}
	count.Answered(x.status, s.Now().Sub(x.began))
	x.giveBack()
}

// dispatch serves what is there by a method that it has, and nothing else (RFC 9110 sections 9.3.7 and 15.5.6).
func (s *Server) dispatch(x *exchange, to *route) error {
	if to == nil {
		x.write(http.StatusNotFound, nil)
		return nil
	}
	if to.noStore {
		x.w.Header()["Cache-Control"] = noStore
	}
	if to.page && x.view.strict {
		x.w.Header()["Strict-Transport-Security"] = strict
	}
	x.allowOrigin(to)
	switch {
	case to.permits(x.r.Method):
		return s.guard(x, to)
	case x.r.Method == http.MethodOptions:
		x.w.Header()["Allow"] = to.allow
		x.preflight(to)
		x.write(http.StatusNoContent, nil)
		return nil
	default:
		x.w.Header()["Allow"] = to.allow
		x.refusal = "" // nobody asked for anything
		return withStatus(http.StatusMethodNotAllowed, oauth.InvalidRequest.Refusef("the method must be %s", to.methods[0]))
	}
}

// guard turns a panic into a fault of ours. The stack goes to the log, the value does not: it may quote the request.
func (s *Server) guard(x *exchange, to *route) (err error) { //nolint:nonamedreturns // a deferred call sets it
	defer func() {
		switch value := recover(); value {
		case nil:
		case http.ErrAbortHandler:
			panic(value)
		default:
			s.Log.ErrorContext(x.r.Context(), "Panicking while serving a request",
				"endpoint", x.r.URL.Path, "type", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
			err = oauth.ServerError.Hide(errors.New("panic"))
		}
	}()
	return to.serve(x)
}

// refuse answers and logs a failure. What was already written cannot be taken back.
func (s *Server) refuse(x *exchange, count *audit.Endpoint, err error) {
	refusal := oauth.From(err)
	count.Refused(string(refusal.Code))
	s.logRefusal(x, refusal)
	if x.status != 0 {
		return
	}
	if to, ok := errors.AsType[*refused](err); ok && to.to.tell(x, refusal) == nil {
		return
	}
	status := refusal.Status()
	if other, ok := errors.AsType[*statusError](err); ok {
		status = other.status
	}
	if status == http.StatusTooManyRequests {
		count.Throttled()
	}
	if refusal.RetryAfter > 0 {
		x.w.Header().Set("Retry-After", seconds(refusal.RetryAfter))
	}
	if x.page {
		s.renderRefusal(x, status, refusal)
		return
	}
	x.writeRefusal(status, refusal)
}

// writeRefusal answers a client with the refusal itself.
func (x *exchange) writeRefusal(status int, refusal *oauth.Error) {
	header := x.w.Header()
	if refusal.Challenge {
		header["Www-Authenticate"] = challenge
	}
	if bearer := refusal.BearerHeader(); bearer != "" {
		header["Www-Authenticate"] = []string{bearer}
	}
	if refusal.Bearer != nil && refusal.Bearer.Bare {
		x.write(status, nil)
		return
	}
	header["Content-Type"] = jsonType
	x.write(status, encodeRefusal(refusal))
}

// challenge names the one scheme that clients authenticate by (RFC 6749 section 5.2, RFC 7617).
var challenge = []string{`Basic realm="tokenwright", charset="UTF-8"`}

func (s *Server) logRefusal(x *exchange, refusal *oauth.Error) {
	if x.refusal == "" {
		return
	}
	x.said.Error, x.said.Description = string(refusal.Code), refusal.Description
	x.said.Cause = refusal.Unwrap()
	x.said.SourceIP = s.Proxies.Source(x.r)
	s.Audit.Write(x.r.Context(), refusal.Code.Level(), x.refusal, &x.said)
}

// encodeRefusal writes the body of an error (RFC 6749 section 5.2).
func encodeRefusal(refusal *oauth.Error) []byte {
	body, err := json.Marshal(struct {
		Error       oauth.Code `json:"error"`
		Description string     `json:"error_description,omitempty"`
	}{refusal.Code, refusal.Description})
	if err != nil { // two strings
		return nil
	}
	return body
}

// seconds is the value of Retry-After (RFC 9110 section 10.2.3), rounded up.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// statusError answers with another HTTP status than its OAuth code has.
type statusError struct {
	error

	status int
}

func withStatus(status int, err error) error { return &statusError{err, status} }

// Unwrap gives the error that decides everything else.
func (e *statusError) Unwrap() error { return e.error }

// unavailable is how long a client should wait for an issuer that has just started.
const unavailable = 2 * time.Second

// waiting answers for all endpoints of an issuer that is not configured yet.
func (s *Server) waiting() *route {
	fail := func(*exchange) error { return oauth.Unavailable(unavailable, errNotConfigured) }
	return &route{
		serve: fail, methods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
		allow: []string{"GET, HEAD, POST, OPTIONS"}, count: s.counts.unknown, noStore: true,
	}
}

var errNotConfigured = errors.New("no configuration or no signing keys yet")
