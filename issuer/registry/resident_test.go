package registry_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// TestResident tells how much memory a process takes that serves CLIENTS clients, or GREATEST clients that are as great as may
// be: docs/performance.md has the figures. It judges nothing.
func TestResident(t *testing.T) {
	clients, _ := strconv.Atoi(os.Getenv("CLIENTS"))
	great, _ := strconv.Atoi(os.Getenv("GREATEST"))
	if clients+great == 0 {
		t.Skip("set CLIENTS or GREATEST to their number")
	}
	server := issuertest.New(t)
	list := make([]registry.Update, 0, clients+great)
	for i := range clients + great {
		r := issuertest.NewRegistration(fmt.Sprintf("team-%d.client-%d", i%100, i), "s")
		if i >= clients {
			r = greatest(i)
		}
		data, err := registration.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := registration.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, issuertest.Update(decoded, 1))
	}
	server.Registry.Replace(list, 1)
	list = nil
	server.Register(issuertest.Client())
	for range 3000 {
		server.Token(t)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "VmHWM") {
			t.Log(strings.TrimSpace(line))
		}
	}
	t.Logf("live heap: %d KiB", heap()>>10)
	runtime.KeepAlive(list)
	runtime.KeepAlive(server)
}
