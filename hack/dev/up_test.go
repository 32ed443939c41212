package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestFromEnvironment(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tc := range []struct {
		name, dir, addr, samples string
		want                     string // the error must contain it; none when empty
	}{
		{name: "all set", dir: "elsewhere", addr: "localhost:0", samples: "none"},
		{name: "a taken address", addr: taken.Addr().String(), want: "is another `make dev` running?"},
		{name: "an address without a port", addr: "localhost", want: "DEV_ISSUER_ADDR"},
		{name: "a misspelt word", addr: "localhost:0", samples: "non", want: "DEV_SAMPLES"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("DEV_DIR", tc.dir)
			t.Setenv("DEV_ISSUER_ADDR", tc.addr)
			t.Setenv("DEV_SAMPLES", tc.samples)
			set, err := fromEnvironment("/repository")
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("error %v, want one with %q", err, tc.want)
				}
				return
			}
			if err != nil || set.samples || !filepath.IsAbs(set.dir) {
				t.Errorf("got %+v, %v; want no samples and an absolute folder", set, err)
			}
		})
	}
}
