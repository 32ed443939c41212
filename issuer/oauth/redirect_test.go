package oauth_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"tokenwright.dev/issuer/oauth"
)

// TestMatchRedirectURI holds AZ-03 and AZ-05.
func TestMatchRedirectURI(t *testing.T) {
	const web, app, loop = "https://shop.example/cb", "com.shop.app:/cb", "http://127.0.0.1/cb"
	for _, tc := range []struct {
		name       string
		registered []string
		asked      string
		want       string // empty when nothing matches
	}{
		{"exact", []string{web}, web, web},
		{"one of several", []string{app, web}, web, web},
		{"private-use scheme", []string{app}, app, app},
		{"with a query", []string{web + "?a=1"}, web + "?a=1", web + "?a=1"},
		{"the only one", []string{web}, "", web},
		{"none asked for, several registered", []string{web, app}, "", ""},
		{"none asked for, none registered", nil, "", ""},
		{"none registered", nil, web, ""},
		{"loopback, any port", []string{loop}, "http://127.0.0.1:49152/cb", "http://127.0.0.1:49152/cb"},
		{"loopback, another port", []string{"http://127.0.0.1:8080/cb"}, "http://127.0.0.1:1/cb", "http://127.0.0.1:1/cb"},
		{"loopback, port left out", []string{"http://127.0.0.1:8080/cb"}, loop, loop},
		{"loopback of IPv6", []string{"http://[::1]/cb"}, "http://[::1]:65535/cb", "http://[::1]:65535/cb"},
		{"loopback without a path", []string{"http://127.0.0.1"}, "http://127.0.0.1:80", "http://127.0.0.1:80"},
		{"loopback with a query", []string{"http://127.0.0.1?a=1"}, "http://127.0.0.1:80?a=1", "http://127.0.0.1:80?a=1"},
		{"loopback by name, registered so", []string{"http://localhost/cb"}, "http://localhost:3000/cb", "http://localhost:3000/cb"},
		{"loopback by name, not registered so", []string{loop}, "http://localhost/cb", ""},
		{"loopback by number, registered by name", []string{"http://localhost/cb"}, loop, ""},
		{"IPv6 for IPv4", []string{loop}, "http://[::1]/cb", ""},
		{"loopback by https", []string{"https://127.0.0.1/cb"}, "https://127.0.0.1:8443/cb", ""},
		{"port of any other host", []string{web}, "https://shop.example:8443/cb", ""},
		{"port of another http host", []string{"http://shop.example/cb"}, "http://shop.example:8080/cb", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := oauth.MatchRedirectURI(tc.registered, tc.asked)
			if got != tc.want || ok != (tc.want != "") {
				t.Errorf("%q of %q: %q, %v; want %q", tc.asked, tc.registered, got, ok, tc.want)
			}
		})
	}
}

// targets are registered by a client under attack.
var targets = []string{"https://shop.example/cb", "http://127.0.0.1/cb", "http://localhost:8080/cb", "com.shop.app:/cb"}

// attacks are the corpus of AZ-04: what some parser, browser or proxy somewhere has taken for one of targets, or sent
// somewhere else.
var attacks = []string{
	"https://shop.example/cb/", "https://shop.example/cb?", "https://shop.example/cb?x=1", "https://shop.example/cb#",
	"https://shop.example/cb#x", "https://shop.example/cb%20", "https://shop.example/cb ", " https://shop.example/cb",
	"https://shop.example/cb\t", "https://shop.example/cb\n", "https://shop.example/cb\x00", "https://shop.example/cb%00",
	"https://shop.example/cb/../cb", "https://shop.example/x/../cb", "https://shop.example/./cb", "https://shop.example//cb",
	"https://shop.example/%63b", "https://shop.example/CB", "https://SHOP.example/cb", "HTTPS://shop.example/cb",
	"https://shop.example/cb;x", "https://shop.example/cb/%2e%2e/evil", "https://shop.example/cb\\..\\evil",
	"https://shop.example:443/cb", "https://shop.example:/cb", "https://shop.example./cb", "http://shop.example/cb",
	"https://shop.example", "https://shop.example/", "https://shop.example/c", "https://shop.example/cba", "//shop.example/cb",
	"https:shop.example/cb", "https:/shop.example/cb", "https:///shop.example/cb", "https:\\\\shop.example\\cb",
	"https://evil.shop.example/cb", "https://shop.example.evil.example/cb", "https://evilshop.example/cb",
	"https://shop.example@evil.example/cb", "https://evil.example@shop.example/cb", "https://:@shop.example/cb",
	"https://evil.example#@shop.example/cb", "https://evil.example?@shop.example/cb", "https://evil.example\\@shop.example/cb",
	"https://evil.example/https://shop.example/cb", "https://evil.example/cb", "https://shop.example%2eevil.example/cb",
	"https://shop.example%00.evil.example/cb", "https://shop。example/cb", "https://ѕhop.example/cb", "*", "https://*/cb",
	"javascript:alert(1)//https://shop.example/cb", "data:text/html,x", "file:///cb", "about:blank", "/cb", "cb",
	"http://127.0.0.1:80@evil.example/cb", "http://127.0.0.1@evil.example/cb", "http://127.0.0.1:@evil.example/cb",
	"http://127.0.0.1.evil.example/cb", "http://127.0.0.1:8080.evil.example/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:-1/cb",
	"http://127.0.0.1:x/cb", "http://127.0.0.1:80x/cb", "http://127.0.0.1:123456/cb", "http://127.0.0.1:80:80/cb",
	"http://127.0.0.1:80 /cb", "http://127.0.0.1:%38%30/cb", "http://127.0.0.1:80\\@evil.example/cb", "http://127.0.0.1:80#/cb",
	"http://127.0.0.1:80/cb/", "http://127.0.0.1:80/cb?x", "http://127.0.0.1:80/../cb", "http://127.0.0.1:80/CB", "http://127.0.0.1:80",
	"http://127.1/cb", "http://127.0.0.2/cb", "http://0177.0.0.1/cb", "http://2130706433/cb", "http://0x7f.0.0.1/cb",
	"http://0.0.0.0/cb", "http://[::]/cb", "http://[::ffff:127.0.0.1]/cb", "http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]/cb",
	"https://127.0.0.1/cb", "http://user@127.0.0.1/cb", "http://127.0.0.1%2f@evil.example/cb", "http://127.0.0.1：80/cb",
	"http://127.0.0.1:\u0661\u0662/cb", "http://localhost.evil.example/cb", "http://localhost:80@evil.example/cb", "http://LOCALHOST/cb",
	"http://localhost./cb", "com.shop.app:/cb/", "com.shop.app://cb", "com.shop.app:cb", "com.shop.app:/cb?x", "COM.shop.app:/cb",
	"com.shop.app.evil:/cb", "com.shop:/cb",
}

// TestRedirectAttacks holds AZ-04.
func TestRedirectAttacks(t *testing.T) {
	for _, asked := range attacks {
		if got, ok := oauth.MatchRedirectURI(targets, asked); ok || got != "" {
			t.Errorf("%q is taken for a registered URI", asked)
		}
	}
}

// FuzzMatchRedirectURI holds the law of AZ-04 and AZ-05: what matches is registered, or differs from what is registered
// in the port of a loopback address alone, as net/url reads it.
func FuzzMatchRedirectURI(f *testing.F) {
	for _, seed := range slices.Concat(attacks, targets, []string{"", "http://127.0.0.1:1/cb", "http://localhost:65535/cb"}) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, asked string) {
		got, ok := oauth.MatchRedirectURI(targets, asked)
		if !ok || slices.Contains(targets, asked) {
			return
		}
		u, err := url.Parse(got)
		if err != nil || got != asked || u.User != nil || u.Scheme != "http" || u.Path != "/cb" || u.RawQuery+u.Fragment != "" || u.ForceQuery {
			t.Fatalf("%q matches (%v)", asked, err)
		}
		if host := u.Hostname(); host != "127.0.0.1" && host != "localhost" || strings.Trim(u.Port(), "0123456789") != "" {
			t.Errorf("%q matches", asked)
		}
	})
}

func TestLoopback(t *testing.T) {
	for uri, want := range map[string]bool{
		"http://127.0.0.1/cb": true, "http://127.0.0.1:80": true, "http://[::1]:80/cb?x": true, "http://localhost:3000/": true,
		"https://127.0.0.1/cb": false, "http://127.0.0.1.evil.example/": false, "http://127.0.0.1:80@evil.example/": false,
		"http://localhost.evil.example/": false, "http://127.0.0.1:/cb": false, "https://shop.example/cb": false, "com.shop.app:/cb": false, "": false,
	} {
		if got := oauth.Loopback(uri); got != want {
			t.Errorf("%q leads to the own machine: %v", uri, got)
		}
	}
}

// TestAppendResponse holds AZ-07 and AZ-15.
func TestAppendResponse(t *testing.T) {
	state := "a b+c&d=e;f/ü%20\"" + strings.Repeat("x", 1000)
	for _, tc := range []struct {
		name, uri string
		params    []oauth.Param
		want      string // empty when refused
	}{
		{"no query", "https://a.example/cb", []oauth.Param{{"code", "x"}}, "https://a.example/cb?code=x"},
		{"in order", "https://a.example/cb", []oauth.Param{{"state", "s"}, {"code", "x"}}, "https://a.example/cb?state=s&code=x"},
		{"query is kept", "https://a.example/cb?a=%41&b", []oauth.Param{{"code", "x"}}, "https://a.example/cb?a=%41&b&code=x"},
		{"empty query", "https://a.example/cb?", []oauth.Param{{"code", "x"}, {"iss", "i"}}, "https://a.example/cb?code=x&iss=i"},
		{"query that is a question mark", "https://a.example/cb??", []oauth.Param{{"code", "x"}}, "https://a.example/cb??&code=x"},
		{"open query", "https://a.example/cb?a=1&", []oauth.Param{{"code", "x"}}, "https://a.example/cb?a=1&code=x"},
		{"nothing to say", "https://a.example/cb", nil, "https://a.example/cb"},
		{"without a value", "https://a.example/cb", []oauth.Param{{"code", "x"}, {"state", ""}}, "https://a.example/cb?code=x"},
		{"no host", "https://a.example", []oauth.Param{{"code", "x"}}, "https://a.example?code=x"},
		{"private-use scheme", "com.shop.app:/cb", []oauth.Param{{"code", "x"}}, "com.shop.app:/cb?code=x"},
		{"reserved characters", "a:b", []oauth.Param{{"state", "&=+ #\r\n"}}, "a:b?state=%26%3D%2B+%23%0D%0A"},
		{"long state", "a:b", []oauth.Param{{"state", state}}, "a:b?state=" + url.QueryEscape(state)},
		{"name is there", "https://a.example/cb?code=1", []oauth.Param{{"code", "x"}}, ""},
		{"name is there, escaped", "https://a.example/cb?a&c%6fde", []oauth.Param{{"code", "x"}}, ""},
		{"name is there for some", "https://a.example/cb?a=1;code=1", []oauth.Param{{"code", "x"}}, ""},
		{"name is there, and not needed", "https://a.example/cb?code=1", []oauth.Param{{"error", "x"}}, "https://a.example/cb?code=1&error=x"},
		{"fragment", "https://a.example/cb#x", []oauth.Param{{"code", "x"}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := oauth.AppendResponse(tc.uri, tc.params)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("%q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

// FuzzAppendResponse holds the law of AZ-07 and AZ-15: the registered URI stays as it is, and the client reads what was
// sent, once.
func FuzzAppendResponse(f *testing.F) {
	f.Add("a=1", "state of things")
	f.Add("state=1", "x")
	f.Add("%73tate", "&state=\x00ü")
	f.Fuzz(func(t *testing.T, query, state string) {
		registered := "https://a.example/cb?" + query
		before, err := url.ParseQuery(query)
		if _, errURL := url.Parse(registered); err != nil || errURL != nil {
			return // nothing that could be registered
		}
		got, err := oauth.AppendResponse(registered, []oauth.Param{{Name: "code", Value: "x"}, {Name: "state", Value: state}})
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		after := u.Query()
		if !strings.HasPrefix(got, registered) || !slices.Equal(after["code"], []string{"x"}) || after.Get("state") != state || before.Has("code") {
			t.Errorf("%q and state %q make %q", registered, state, got)
		}
	})
}
