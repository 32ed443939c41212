package bench

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
)

const (
	clients = 10_000
	rounds  = 11
	// perRound is the number of requests of one side in one round: about two tenths of a second.
	perRound = 2_000
)

// newIssuer is the whole issuer as it serves: metrics on, audit log on and written to log, and many clients.
func newIssuer(tb testing.TB, log io.Writer) http.Handler {
	tb.Helper()
	server := issuertest.New(tb, issuertest.With(func(c *issuer.Config) {
		c.Log = slog.NewJSONHandler(log, nil)
		c.Now = time.Now
	}))
	ring := server.Ring
	ring.Keys[0].SignFrom = time.Now().Add(-time.Hour)
	server.UseRing(tb, ring)
	for i := range clients {
		server.Register(issuertest.NewRegistration(fmt.Sprintf("team-%d.client-%d", i%100, i), fmt.Sprint(i)))
	}
	return server.Handler
}

// BenchmarkTokenHandler measures the handlers alone, without a connection.
func BenchmarkTokenHandler(b *testing.B) {
	bare, err := newFloor()
	if err != nil {
		b.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	ours := newIssuer(b, null)
	b.Run("floor", func(b *testing.B) { serve(b, bare) })
	b.Run("issuer", func(b *testing.B) { serve(b, ours) })
	b.Run("ratio", func(b *testing.B) {
		for b.Loop() {
			compare(b, func() time.Duration { return cpuOf(bare) }, func() time.Duration { return cpuOf(ours) })
		}
	})
}

func serve(b *testing.B, handler http.Handler) {
	b.ReportAllocs()
	for b.Loop() {
		once(handler)
	}
}

// cpuOf is the processor time of this process for one round of requests.
func cpuOf(handler http.Handler) time.Duration {
	before := cpuTime()
	for range perRound {
		once(handler)
	}
	return cpuTime() - before
}

var form = url.Values{"grant_type": {"client_credentials"}, "scope": {"orders:read"}}.Encode()

func once(handler http.Handler) {
	r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(issuertest.ClientID, issuertest.ClientSecret)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		panic(fmt.Sprintf("status %d: %s", w.Code, w.Body))
	}
}

// compare takes both sides in turn, and reports the medians. The ratio is taken inside each round, since what else the
// machine does changes from round to round.
func compare(b *testing.B, bare, ours func() time.Duration) {
	b.Helper()
	bare() // warm up
	ours()
	var floors, issuers, ratios []float64
	for range rounds {
		f, i := micros(bare()), micros(ours())
		floors, issuers, ratios = append(floors, f), append(issuers, i), append(ratios, i/f)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(floors), "floor-cpu-µs/request")
	b.ReportMetric(median(issuers), "issuer-cpu-µs/request")
	b.ReportMetric(median(ratios), "ratio")
}

func micros(round time.Duration) float64 { return float64(round.Nanoseconds()) / 1000 / perRound }

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// cpuTime is the processor time of this process until now.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// The floor is a fair one only if its tokens are right.
func TestFloorSignsRight(t *testing.T) {
	bare, err := newFloor()
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		digest := sha256.Sum256([]byte(rand.Text()))
		der, err := ecdsa.SignASN1(rand.Reader, bare.key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		if !checkRaw(der) {
			t.Fatalf("rawSignature misreads %x", der)
		}
	}
}
