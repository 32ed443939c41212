package oauth

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

const (
	// maxBody bounds a request body, in bytes.
	maxBody = 64 << 10
	// keptBody bounds what is kept of a buffer between requests: a few large bodies must not pin memory.
	keptBody = 8 << 10

	formType = "application/x-www-form-urlencoded"
)

// secretParameters are the parameters that grant something to whoever reads them. In a URL they end in logs.
var secretParameters = []string{
	"access_token", "actor_token", "assertion", "client_assertion", "client_secret", "code", "code_verifier",
	"device_code", "password", "refresh_token", "subject_token", "token",
}

// scratch is the memory that one request is parsed in. It is lent from scratches and comes back without a trace.
type scratch struct {
	body []byte
	form form
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func borrow() *scratch {
	s, _ := scratches.Get().(*scratch)
	return s
}

// giveBack wipes s, since it held secrets and the next request is somebody else's.
func (s *scratch) giveBack() {
	clear(s.body)
	clear(s.form)
	s.body, s.form = s.body[:0], s.form[:0]
	if cap(s.body) > keptBody {
		s.body = nil
	}
	scratches.Put(s)
}

// read reads the parameters of r. The result ends with giveBack.
func (s *scratch) read(r *http.Request) (form, error) {
	if err := s.load(r); err != nil {
		return nil, err
	}
	var err error
	s.form, err = parseForm(s.form, s.body)
	return s.form, err
}

// load reads the body of r, as it was sent.
func (s *scratch) load(r *http.Request) error {
	if err := checkQuery(r.URL); err != nil {
		return err
	}
	if err := checkContentType(r.Header["Content-Type"]); err != nil {
		return err
	}
	if r.ContentLength > maxBody {
		return errTooLarge()
	}
	return s.fill(r.Body)
}

// checkQuery refuses secrets in the URL (RFC 6749 section 2.3.1). Other parameters there are ignored: an endpoint may
// have a query of its own (section 3.2).
func checkQuery(u *url.URL) error {
	if u.RawQuery == "" {
		return nil
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return InvalidRequest.Refusef("the query of the URL is malformed")
	}
	for _, name := range secretParameters {
		if query.Has(name) {
			return InvalidRequest.Refusef("%s must be sent in the body, not in the URL, where logs keep it", name)
		}
	}
	return nil
}

func checkContentType(values []string) error {
	if len(values) == 1 {
		if values[0] == formType {
			return nil
		}
		if media, _, err := mime.ParseMediaType(values[0]); err == nil && media == formType {
			return nil
		}
	}
	return InvalidRequest.Refusef("the body must be of type %s", formType)
}

// fill reads all of body, up to the limit.
func (s *scratch) fill(body io.Reader) error {
	if body == nil {
		return nil
	}
	for len(s.body) <= maxBody {
		s.body = slices.Grow(s.body, 512)
		n, err := body.Read(s.body[len(s.body):cap(s.body)])
		s.body = s.body[:len(s.body)+n]
		if errors.Is(err, io.EOF) && len(s.body) <= maxBody {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return errUnreadable(err)
		}
	}
	return errTooLarge()
}

func errTooLarge() error {
	return &Error{
		Code:        InvalidRequest,
		Description: "the body is too large",
		HTTPStatus:  http.StatusRequestEntityTooLarge,
	}
}

// errUnreadable answers a body that broke off, or that a limit set by the server cut.
func errUnreadable(cause error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](cause); ok {
		return errTooLarge()
	}
	return &Error{Code: InvalidRequest, Description: "the body could not be read", cause: cause}
}
