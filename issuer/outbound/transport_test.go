package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// TestTransportDialsWhatPasses has a server on loopback: only a profile with loopback gets there, by address or by
// name.
func TestTransportDialsWhatPasses(t *testing.T) {
	var heard atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	defer server.Close()
	byName := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	for _, tc := range []struct {
		name, url string
		profile   Profile
		passes    bool
	}{
		{"a cluster's", server.URL, Cluster, false},
		{"a cluster's, by name", byName, Cluster, false},
		{"the Internet's", server.URL, Public, false},
		{"none", server.URL, Profile{}, false},
		{"nearby", server.URL, Cluster.WithLoopback(), true},
		{"nearby, by name", byName, Cluster.WithLoopback(), true},
	} {
		heard.Store(0)
		err := get(t, &http.Client{Transport: tc.profile.Transport()}, tc.url)
		if (err == nil) != tc.passes || (heard.Load() > 0) != tc.passes || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v, heard %d; want it to pass: %v", tc.name, err, heard.Load(), tc.passes)
		}
	}
}

// A proxy of the environment's would look names up itself, and dial what it likes.
func TestTransportKnowsNoProxy(t *testing.T) {
	if transport(Cluster.dialer()).Proxy != nil {
		t.Error("there is a proxy")
	}
}

// TestRedirectsAreJudgedAgain has a server that may be called lead to one that may not.
func TestRedirectsAreJudgedAgain(t *testing.T) {
	var heard atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	defer target.Close()
	first := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	defer first.Close()
	// The one server that is needed on a public address is reached by a dialer that stands it where the profile lets
	// pass.
	dialer := Cluster.dialer()
	judged := transport(dialer)
	judged.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "1.1.1.1:80" {
			return new(net.Dialer).DialContext(ctx, network, first.Listener.Addr().String())
		}
		return dialer.DialContext(ctx, network, address)
	}
	if err := get(t, &http.Client{Transport: judged}, "http://1.1.1.1/"); !errors.Is(err, ErrRefused) || heard.Load() > 0 {
		t.Errorf("%v, the second server heard %d", err, heard.Load())
	}
}

// TestRebinding has a name server say something harmless to whoever asks first, and something else then, addresses that
// pass among those that do not. What counts is the address that is dialled.
func TestRebinding(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server was reached") }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, then := range [][][4]byte{
		{{127, 0, 0, 1}},
		{{169, 254, 169, 254}},
		{{127, 0, 0, 1}, {169, 254, 169, 254}, {0, 0, 0, 0}},
	} {
		dialer := Cluster.dialer()
		dialer.Resolver = answering(t, [][4]byte{{1, 1, 1, 1}}, then)
		if found, err := dialer.Resolver.LookupHost(t.Context(), "rebinding.example"); err != nil || found[0] != "1.1.1.1" {
			t.Fatalf("looked up %v: %v", found, err)
		}
		err := get(t, &http.Client{Transport: transport(dialer)}, "http://rebinding.example:"+port+"/")
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%v: %v", then, err)
		}
	}
}

func get(t *testing.T, client *http.Client, url string) error {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// answering resolves every name to the first addresses, and to the others from the second question on, by a name server
// on loopback.
func answering(t *testing.T, first, then [][4]byte) *net.Resolver {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		addresses, buffer := first, make([]byte, 1500)
		for {
			n, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			answer, said := answerTo(buffer[:n], addresses)
			_, _ = socket.WriteTo(answer, from)
			if said {
				addresses = then
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

// answerTo answers a question for addresses of IPv4, and has none of IPv6. It tells whether it was one for those of
// IPv4.
func answerTo(question []byte, addresses [][4]byte) (packed []byte, said bool) {
	var asked dnsmessage.Message
	if asked.Unpack(question) != nil || len(asked.Questions) == 0 {
		return nil, false
	}
	answer := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: asked.ID, Response: true, RecursionAvailable: true},
		Questions: asked.Questions[:1],
	}
	if name := asked.Questions[0].Name; asked.Questions[0].Type == dnsmessage.TypeA {
		said = true
		for _, address := range addresses {
			answer.Answers = append(answer.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
				Body:   &dnsmessage.AResource{A: address},
			})
		}
	}
	packed, _ = answer.Pack()
	return packed, said
}
