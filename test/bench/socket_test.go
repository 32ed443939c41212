package bench

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
)

const (
	// serverVariable makes the test binary a server: of the floor or of the issuer.
	serverVariable = "TOKENWRIGHT_BENCH_SERVER"
	connections    = 8
)

// TestMain serves instead of testing when it was started by child.
func TestMain(m *testing.M) {
	if kind := os.Getenv(serverVariable); kind != "" {
		runServer(kind)
		return
	}
	os.Exit(m.Run())
}

// runServer serves one side on a free port of the loopback, which it prints. Its answer to GET /cpu is the processor time
// that it has used, in nanoseconds: the client's is not in it. It ends with its standard input.
func runServer(kind string) {
	var handler http.Handler
	if kind == "floor" {
		bare, err := newFloor()
		if err != nil {
			log.Fatal(err)
		}
		handler = bare
	} else {
		handler = newIssuer(&testing.B{}, os.Stderr)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cpu" {
			fmt.Fprint(w, cpuTime().Nanoseconds())
			return
		}
		handler.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(listener) }()
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = server.Close()
}

// BenchmarkTokenSocket measures both sides as servers of their own, each with one processor, over connections that stay
// open. It is the figure that budgets are about.
func BenchmarkTokenSocket(b *testing.B) {
	bare, ours := child(b, "floor"), child(b, "issuer")
	for b.Loop() {
		compare(b, func() time.Duration { return load(b, bare) }, func() time.Duration { return load(b, ours) })
	}
}

// child starts this binary as a server and returns its address. What it logs goes through a pipe, as it does in a Pod.
func child(b *testing.B, kind string) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), serverVariable+"="+kind, "GOMAXPROCS=1")
	cmd.Stderr = struct{ io.Writer }{io.Discard} // not a file, so that it is a pipe
	input, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		input.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		b.Fatalf("%s does not start: %v", kind, err)
	}
	return strings.TrimSpace(line)
}

// load sends one round of requests and returns the processor time that the server took for them.
func load(b *testing.B, addr string) time.Duration {
	b.Helper()
	before := serverCPU(b, addr)
	var senders sync.WaitGroup
	failures := make(chan error, connections)
	for range connections {
		senders.Go(func() { failures <- send(addr, perRound/connections) })
	}
	senders.Wait()
	for range connections {
		if err := <-failures; err != nil {
			b.Fatal(err)
		}
	}
	return serverCPU(b, addr) - before
}

func serverCPU(b *testing.B, addr string) time.Duration {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://"+addr+"/cpu", nil)
	if err != nil {
		b.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	nanos, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(nanos)
}

// send posts count requests over one connection, each after the answer to the one before.
func send(addr string, count int) error {
	conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	basic := base64.StdEncoding.EncodeToString([]byte(issuertest.ClientID + ":" + issuertest.ClientSecret))
	request := fmt.Appendf(nil, "POST /token HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", addr, basic, len(form), form)
	reader := bufio.NewReader(conn)
	for range count {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			return errors.Join(err, fmt.Errorf("%s: %s", response.Status, body))
		}
	}
	return nil
}
