package endpoint

import (
	"net/http"
	"sync"
	"time"

	"tokenwright.dev/issuer/audit"
)

// exchange is one request and its one answer. It is lent from a pool, so nothing may keep it.
type exchange struct {
	w       http.ResponseWriter
	r       *http.Request
	view    *view // the issuer as it was when the request came
	began   time.Time
	status  int         // of the answer; zero until it is written
	said    audit.Entry // what the log learns of it
	answer  []byte      // memory for a body
	refusal audit.Event // what a failure is logged as
	page    bool        // failures are for a person to read
}

// keptAnswer bounds what is kept of a buffer between requests.
const keptAnswer = 8 << 10

var exchanges = sync.Pool{New: func() any { return &exchange{answer: make([]byte, 0, 2048)} }}

func borrow(w http.ResponseWriter, r *http.Request, v *view, now time.Time) *exchange {
	x, _ := exchanges.Get().(*exchange)
	x.w, x.r, x.view, x.began = w, r, v, now
	return x
}

// giveBack wipes x, whose answer held a token.
func (x *exchange) giveBack() {
	answer := x.answer[:0]
	clear(answer[:cap(answer)])
	if cap(answer) > keptAnswer {
		answer = nil
	}
	*x = exchange{answer: answer}
	exchanges.Put(x)
}

// Values of headers are shared by all answers: nobody changes them.
var (
	jsonType = []string{"application/json"}
	noStore  = []string{"no-store"}
	closing  = []string{"close"}
)

// writeJSON answers 200 with body.
func (x *exchange) writeJSON(body []byte) error {
	x.w.Header()["Content-Type"] = jsonType
	x.write(http.StatusOK, body)
	return nil
}

// write answers. A body that cannot be written has nobody to be told of it.
func (x *exchange) write(status int, body []byte) {
	x.status = status
	x.w.WriteHeader(status)
	if len(body) > 0 {
		_, _ = x.w.Write(body)
	}
}
