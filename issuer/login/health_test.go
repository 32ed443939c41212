package login_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// TestUsersHealth is the table of what there may be of a file of users, and what comes of it.
func TestUsersHealth(t *testing.T) {
	parse := func(text string) *login.Users {
		users, err := login.ParseUsers("staff", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return users
	}
	hash := func(kib int) string {
		return fmt.Sprintf("'$argon2id$v=19$m=%d,t=1,p=1$c2FsdHNhbHRzYWx0MTIzNA$mU4Ul2/LiEGvVNCwmZc+/XUJFVsAQ79/5Lrc48iv3XI'", kib)
	}
	good, costly := parse(one()), parse("users: [{username: alice, passwordHash: "+hash(2048)+"}]")
	partly := parse(one() + "\n- {username: bob, disabled: perhaps}")
	hopeless := parse("users:\n- {username: bob, disabled: perhaps}")
	later, dear := errors.New("users: the file is no YAML, near line 7"), fmt.Errorf("users: line 3: %w", login.ErrTooCostly)
	const usable, unusable = v1alpha1.ProviderUsable, v1alpha1.ProviderUnusable
	for _, tc := range []struct {
		name  string
		file  login.UsersFile
		state v1alpha1.ProviderHealth
		fault v1alpha1.ProviderFault
		says  string
	}{
		{"well", login.UsersFile{Users: good, Version: "7"}, usable, "", ""},
		{"nobody yet", login.UsersFile{Users: parse("users: []")}, usable, "", ""},
		{"some entries", login.UsersFile{Users: partly}, usable, "", ""},
		{"no entry left", login.UsersFile{Users: hopeless}, unusable, v1alpha1.FaultNoUsableEntry, "line 2: disabled: write true or false"},
		{"not there", login.UsersFile{Secret: "staff"}, unusable, v1alpha1.FaultUsersMissing, "no Secret staff with users has arrived"},
		{"never readable", login.UsersFile{Refused: later}, unusable, v1alpha1.FaultUsersNotAccepted, "near line 7"},
		{"a later version is not", login.UsersFile{Users: good, Refused: later}, usable, v1alpha1.FaultUsersNotAccepted, "near line 7"},
		{"a later version costs too much", login.UsersFile{Users: good, Refused: dear}, usable, v1alpha1.FaultUsersTooCostly, "line 3"},
		{"too costly", login.UsersFile{Users: costly}, unusable, v1alpha1.FaultUsersTooCostly, "line 1: passwordHash"},
	} {
		got := login.UsersHealth("staff", tc.file, 1<<20)
		if got.State != tc.state || got.Fault != tc.fault || !strings.Contains(got.Told, tc.says) || (tc.says == "") != (got.Told == "") {
			t.Errorf("%s: %+v, want %s %q saying %q", tc.name, got, tc.state, tc.fault, tc.says)
		}
	}
	got := login.UsersHealth("staff", login.UsersFile{Users: partly, Version: "7"}, 1<<20).Users
	if got.Entries != 1 || got.Refused != 1 || got.AcceptedVersion != "7" || len(got.RefusedEntries) != 1 || got.RefusedEntries[0].Entry != 2 {
		t.Errorf("of a file with a mistake: %+v", got)
	}
	if text := fmt.Sprint(got.RefusedEntries); strings.Contains(text, "bob") || strings.Contains(text, "perhaps") {
		t.Errorf("a report quotes the file: %s", text)
	}
}

// However many entries are wrong, and however long the words: a report tells of eight, in 256 bytes each.
func TestHealthIsBrief(t *testing.T) {
	users, err := login.ParseUsers("staff", []byte("users:\n"+strings.Repeat("- {username: 7}\n", 1000)))
	if err != nil {
		t.Fatal(err)
	}
	got := login.UsersHealth("staff", login.UsersFile{Users: users}, 1<<20)
	if len(got.Users.RefusedEntries) != 8 || got.Users.Refused != 1000 {
		t.Errorf("tells of %d entries of %d", len(got.Users.RefusedEntries), got.Users.Refused)
	}
	for _, text := range []string{strings.Repeat("x", 300), strings.Repeat("ü", 200), "a\xffb", ""} {
		if brief := login.Brief(text); len(brief) > 256 || !utf8.ValidString(brief) {
			t.Errorf("%q became %q", text, brief)
		}
	}
}

// TestUpstreamHealth is the life of a provider elsewhere, as it is seen from here.
func TestUpstreamHealth(t *testing.T) {
	o := newOther(t)
	upstream := o.client()
	const metadata, keys = "/.well-known/openid-configuration", "/keys"
	away := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	const usable, unusable, unknown = v1alpha1.ProviderUsable, v1alpha1.ProviderUnusable, v1alpha1.ProviderUnknown
	const asked, ok, failed = v1alpha1.AskedNot, v1alpha1.AskedOK, v1alpha1.AskedInVain
	if got := upstream.Health(); got.State != unknown || got.OIDC.Discovery != asked || got.OIDC.Keys != asked {
		t.Errorf("before anybody has asked: %+v", got)
	}
	for _, tc := range []struct {
		name      string
		after     time.Duration
		fails     string
		state     v1alpha1.ProviderHealth
		fault     v1alpha1.ProviderFault
		discovery v1alpha1.AskState
		keys      v1alpha1.AskState
	}{
		{"away from the start", 0, metadata, unusable, v1alpha1.FaultMetadataRefused, failed, asked},
		{"without keys", time.Minute, keys, unusable, v1alpha1.FaultKeysUnavailable, ok, failed},
		{"well", time.Minute, "", usable, "", ok, ok},
		{"the metadata is good for an hour", 30 * time.Minute, metadata, usable, "", ok, ok},
		{"a failure is in doubt", time.Hour, metadata, usable, v1alpha1.FaultMetadataRefused, failed, ok},
		{"for two minutes", 2*time.Minute - time.Second, metadata, usable, v1alpha1.FaultMetadataRefused, failed, ok},
		{"and no longer", time.Second, metadata, unusable, v1alpha1.FaultMetadataRefused, failed, ok},
		{"back at once", 3 * time.Second, "", usable, "", ok, ok},
		{"new keys in doubt", 2 * time.Hour, keys, usable, v1alpha1.FaultKeysUnavailable, ok, failed},
		{"and back", time.Minute, "", usable, "", ok, ok},
	} {
		o.clock = o.clock.Add(tc.after)
		clear(o.serve)
		if tc.fails != "" {
			o.serve[tc.fails] = away
		}
		upstream.Probe(t.Context())
		got := upstream.Health()
		if got.State != tc.state || got.Fault != tc.fault || got.OIDC.Discovery != tc.discovery || got.OIDC.Keys != tc.keys {
			t.Errorf("%s: %s %q, discovery %s, keys %s; want %s %q, %s, %s", tc.name, got.State, got.Fault, got.OIDC.Discovery, got.OIDC.Keys,
				tc.state, tc.fault, tc.discovery, tc.keys)
		}
	}
}

// TestUpstreamFaults: each has a class of its own, and words that quote nobody.
func TestUpstreamFaults(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*other) []func(*registration.OIDCProvider)
		want   v1alpha1.ProviderFault
	}{
		{"nobody listens", func(o *other) []func(*registration.OIDCProvider) {
			o.Close()
			return nil
		}, v1alpha1.FaultUnreachable},
		{"a certificate for another host", func(o *other) []func(*registration.OIDCProvider) {
			return []func(*registration.OIDCProvider){func(p *registration.OIDCProvider) {
				p.Issuer = strings.Replace(o.URL, "127.0.0.1", "localhost", 1)
			}}
		}, v1alpha1.FaultCertificateNotTrusted},
		{"no metadata", func(o *other) []func(*registration.OIDCProvider) {
			o.fail("/.well-known/openid-configuration", http.StatusNotFound, "secret-of-the-answer")
			return nil
		}, v1alpha1.FaultMetadataRefused},
		{"another issuer", func(o *other) []func(*registration.OIDCProvider) {
			o.metadata["issuer"] = "https://secret-of-the-answer.example"
			return nil
		}, v1alpha1.FaultMetadataInvalid},
		{"secrets by plain HTTP", func(o *other) []func(*registration.OIDCProvider) {
			o.metadata["token_endpoint"] = "http://secret-of-the-answer.example/token"
			return nil
		}, v1alpha1.FaultMetadataInvalid},
		{"no key", func(o *other) []func(*registration.OIDCProvider) {
			o.serve["/keys"] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"secret-of-the-answer": 1}`)) }
			return nil
		}, v1alpha1.FaultKeysUnavailable},
	} {
		o := newOther(t)
		upstream := o.client(tc.change(o)...)
		upstream.Probe(t.Context())
		got := upstream.Health()
		if got.State != v1alpha1.ProviderUnusable || got.Fault != tc.want || got.Told == "" || strings.Contains(got.Told, "secret-of") {
			t.Errorf("%s: %+v, want %s", tc.name, got, tc.want)
		}
	}
}
