package stack

import (
	"net"
	"testing"
)

func TestDecode(t *testing.T) {
	for _, tc := range []struct {
		name, yaml string
		want       int
		wrong      bool
	}{
		{"nothing", "", 0, false},
		{"comments alone", "# one\n---\n# two\n", 0, false},
		{"two documents", "kind: A\n---\nkind: B\n", 2, false},
		{"separators without documents", "---\n---\nkind: A\n---\n", 1, false},
		{"a key twice", "kind: A\nkind: B\n", 0, true},
		{"no object", "- kind: A\n", 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			objects, err := Decode([]byte(tc.yaml))
			if len(objects) != tc.want || (err != nil) != tc.wrong {
				t.Errorf("Decode(%q): %d objects, error %v; want %d, error %v", tc.yaml, len(objects), err, tc.want, tc.wrong)
			}
		})
	}
}

func TestListenable(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tc := range []struct {
		name, addr string
		ok         bool
	}{
		{"a free port", "127.0.0.1:0", true},
		{"a name", "localhost:0", true},
		{"a taken port", taken.Addr().String(), false},
		{"no port", "127.0.0.1", false},
		{"no host", ":8089", false},
		{"a host elsewhere", "192.0.2.1:0", false}, // TEST-NET-1 (RFC 5737)
	} {
		t.Run(tc.name, func(t *testing.T) {
			addr, err := Listenable(tc.addr)
			if (err == nil) != tc.ok {
				t.Fatalf("Listenable(%q): %v, want it to be fine: %v", tc.addr, err, tc.ok)
			}
			if _, port, err := net.SplitHostPort(addr); tc.ok && (err != nil || port == "0") {
				t.Errorf("Listenable(%q) = %q (%v), want a port in it", tc.addr, addr, err)
			}
		})
	}
}
