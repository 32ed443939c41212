package oauthclient

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tokenwright.dev/issuer/registration"
)

// secretOf is the secret that a table calls name.
func secretOf(name string) string {
	var entropy registration.Entropy
	copy(entropy[:], name)
	return registration.NewSecret(entropy)
}

// credentialsOf makes credentials of their names, the newest first: "a" is active, "b+12h" retires in 12 hours.
func credentialsOf(list string) []registration.Credential {
	var out []registration.Credential
	for entry := range strings.FieldsSeq(list) {
		name, left, retires := strings.Cut(entry, "+")
		c := registration.Credential{ID: name, SecretHash: registration.HashSecret(secretOf(name)), CreatedAt: noon.Add(-time.Hour)}
		if retires {
			d, err := time.ParseDuration(left)
			if err != nil {
				panic(err)
			}
			c.NotAfter = noon.Add(d)
		}
		out = append(out, c)
	}
	return out
}

// listed is the reverse of credentialsOf.
func listed(list []registration.Credential) string {
	var out []string
	for _, c := range list {
		entry := c.ID
		if c.Retiring() {
			entry += "+" + strings.TrimSuffix(strings.TrimSuffix(c.NotAfter.Sub(noon).String(), "0s"), "0m")
		}
		out = append(out, entry)
	}
	return strings.Join(out, " ")
}

func TestNextCredentials(t *testing.T) {
	for _, tc := range []struct {
		name       string
		registered string // credentials; "-" without a registration
		live       string // the name of the secret in the Secret, or what it holds else
		want       string
		secret     string // the name of the secret that goes to the Secret
		replaced   bool
	}{
		{"a new client", "-", "", "new", "new", false},
		{"all is well", "a", "a", "a", "a", false},
		{"all is well, with a former one", "b a+12h", "b", "b a+12h", "b", false},
		{"a former one has ended", "b a+-1s", "b", "b", "b", false},
		{"at its last moment", "b a+0s", "b", "b", "b", false},
		{"one of several has ended", "d c+20h b+-1h a+3h", "d", "d c+20h a+3h", "d", false},

		{"the Secret is gone", "a", "", "new a+24h", "new", true},
		{"the Secret is damaged", "a", "changed by hand", "new a+24h", "new", true},
		{"the Secret holds a secret of our form that nobody knows", "a", "z", "new a+24h", "new", true},
		{"the Secret is gone, with former ones", "c b+12h a+-1h", "", "new c+24h b+12h", "new", true},
		{"the Secret is set back to a former one", "b a+12h", "a", "new b+24h a+12h", "new", true},
		{"the Secret is set back to one that has ended", "b a+-1h", "a", "new b+24h", "new", true},
		{"a crash between registration and Secret", "b a+24h", "a", "new b+24h a+24h", "new", true},
		{"a crash between registration and Secret, which was gone", "b a+24h", "", "new b+24h a+24h", "new", true},
		{"a crash at the first creation", "a", "", "new a+24h", "new", true},

		{"the registration is lost", "-", "a", "new", "a", false},
		{"the registration is lost, and the Secret damaged", "-", "changed by hand", "new", "new", false},
		{"the registration is lost, and so is the Secret", "-", "", "new", "new", false},
		{"registered without credentials, and no Secret", "", "", "new", "new", false},
		{"registered without credentials, and a secret of our form", "", "a", "new", "new", false},
		{"registered with former ones only", "b+3h a+2h", "b", "new b+3h a+2h", "new", false},

		{"as many as there may be", "h g+7h f+6h e+5h d+4h c+3h b+2h a+1h", "h", "h g+7h f+6h e+5h d+4h c+3h b+2h a+1h", "h", false},
		{"one too many: those that retire keep their promise", "h g+7h f+6h e+5h d+4h c+3h b+2h a+1h", "", "new g+7h f+6h e+5h d+4h c+3h b+2h a+1h", "new", true},
		{"room again: one has ended", "h g+7h f+6h e+5h d+4h c+3h b+2h a+-1h", "", "new h+24h g+7h f+6h e+5h d+4h c+3h b+2h", "new", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			live := tc.live
			if len(live) == 1 {
				live = secretOf(live)
			}
			registered, known := credentialsOf(strings.Trim(tc.registered, "-")), tc.registered != "-"
			before := listed(registered)
			got := nextCredentials(possession{registered, known, live, fresh{"new", secretOf("new")}, rotation{overlap: DefaultOverlap}, noon})
			if diff := cmp.Diff(tc.want, listed(got.list)); diff != "" {
				t.Errorf("credentials (-want +got):\n%s", diff)
			}
			if got.secret != secretOf(tc.secret) || got.replaced != tc.replaced {
				t.Errorf("%q goes to the Secret, replaced: %v; want %q, %v", got.secret, got.replaced, secretOf(tc.secret), tc.replaced)
			}
			if got.list[0].Retiring() || !slices.Equal(got.list[0].SecretHash, registration.HashSecret(got.secret)) {
				t.Error("the active credential is not the one in the Secret")
			}
			if listed(registered) != before {
				t.Error("what was seen has been changed")
			}
		})
	}
}

func TestRotatedCredentials(t *testing.T) {
	for _, tc := range []struct {
		name       string
		registered string
		live       string
		rotation   rotation
		want       string
		secret     string
	}{
		{"none is due", "a", "a", rotation{overlap: time.Hour}, "a", "a"},
		{"one is due", "a", "a", rotation{due: true, overlap: time.Hour}, "new a+1h", "new"},
		{"with former ones", "b a+3h", "b", rotation{due: true, overlap: time.Hour}, "new b+1h a+1h", "new"},
		{"of what was not in the Secret", "b a+3h", "a", rotation{due: true, overlap: time.Hour}, "new b+1h a+1h", "new"},
		{"the Secret is gone as well", "a", "", rotation{due: true, overlap: time.Hour}, "new a+1h", "new"},
		{"a leak", "a", "a", rotation{due: true}, "new", "new"},
		{"a leak, with former ones", "b a+3h", "b", rotation{due: true}, "new", "new"},
		{"a leak of what could not be stored", "new a+3h", "a", rotation{}, "new", "new"},
		{"a shorter overlap shortens", "b a+20h", "b", rotation{overlap: time.Hour}, "b a+1h", "b"},
		{"a longer one promises nothing", "b a+20h", "b", rotation{overlap: 48 * time.Hour}, "b a+20h", "b"},
		{"none at all ends what retires", "b a+20h", "b", rotation{}, "b", "b"},
	} {
		p := possession{credentialsOf(tc.registered), true, "", fresh{"new", secretOf("new")}, tc.rotation, noon}
		if tc.live != "" {
			p.live = secretOf(tc.live)
		}
		if got := nextCredentials(p); listed(got.list) != tc.want || got.secret != secretOf(tc.secret) {
			t.Errorf("%s: %s, and %q goes to the Secret; want %s, %q", tc.name, listed(got.list), got.secret, tc.want, secretOf(tc.secret))
		}
	}
}

// TestWithoutSecret wants what a rotation replaces to retire even where the Secret must not be touched.
func TestWithoutSecret(t *testing.T) {
	for _, tc := range []struct {
		rotation rotation
		want     string
	}{
		{rotation{overlap: time.Hour}, "b a+20h"},
		{rotation{due: true, overlap: time.Hour}, "b+1h a+1h"},
		{rotation{due: true}, ""},
	} {
		p := possession{registered: credentialsOf("b a+20h x+-1h"), rotation: tc.rotation, now: noon}
		if got := listed(p.withoutSecret()); got != tc.want {
			t.Errorf("%+v: %s, want %s", tc.rotation, got, tc.want)
		}
	}
}

// cluster is what a client's credentials live in: a registration and a Secret, which anybody may lose or change, and an
// operator that may die between the two.
type cluster struct {
	now        time.Time
	registered []registration.Credential
	known      bool
	secret     string // empty when there is no Secret
	made       uint64 // secrets so far

	delivered []string             // every secret that was ever in the Secret after a whole pass
	promised  map[string]time.Time // until when a secret must be accepted that was delivered and then replaced
}

// write is the first half of a pass.
func (c *cluster) write() credentials { return c.writeAs(rotation{overlap: DefaultOverlap}) }

func (c *cluster) writeAs(as rotation) credentials {
	c.made++
	var entropy registration.Entropy
	binary.BigEndian.PutUint64(entropy[:], c.made)
	spare := fresh{fmt.Sprint(c.made), registration.NewSecret(entropy)}
	next := nextCredentials(possession{c.registered, c.known, c.secret, spare, as, c.now})
	for _, entry := range c.registered {
		c.promise(entry, next.list)
	}
	c.registered, c.known = next.list, true
	return next
}

// promise notes what a credential that was active and is replaced is owed. A client that has as many as it may gets no
// more promises.
func (c *cluster) promise(entry registration.Credential, next []registration.Credential) {
	full := len(next) == maxCredentials && !slices.ContainsFunc(next, func(n registration.Credential) bool { return n.ID == entry.ID })
	if entry.Retiring() || full || slices.Equal(entry.SecretHash, next[0].SecretHash) {
		return
	}
	for _, secret := range c.delivered {
		if slices.Equal(entry.SecretHash, registration.HashSecret(secret)) {
			c.promised[secret] = c.now.Add(DefaultOverlap)
		}
	}
}

// pass is a whole one.
func (c *cluster) pass() {
	c.secret = c.write().secret
	if !slices.Contains(c.delivered, c.secret) {
		c.delivered = append(c.delivered, c.secret)
	}
}

func (c *cluster) accepts(secret string) bool {
	_, ok := (&registration.Registration{Credentials: c.registered}).Match(secret, c.now)
	return ok
}

// TestCredentialsSurviveTrouble holds nextCredentials to its laws, whatever happens in whatever order:
//
//   - after a whole pass the issuer accepts what the Secret holds, and a second pass changes nothing;
//   - a secret that was ever delivered is accepted until Overlap after it was replaced, through crashes, lost and damaged
//     Secrets and Secrets that are set back; only a client with eight at once waits for a place;
//   - what retires never lives longer than it was told, and is gone once it has ended;
//   - one credential is active at most, and there are eight at most.
func TestCredentialsSurviveTrouble(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &cluster{now: noon, promised: map[string]time.Time{}}
		ends := map[string]time.Time{} // by id, as they were first told
		t.Repeat(map[string]func(*rapid.T){
			"pass": func(t *rapid.T) {
				c.pass()
				if !c.accepts(c.secret) {
					t.Fatalf("the Secret holds what the issuer does not accept: %s", listed(c.registered))
				}
				for _, entry := range c.registered {
					if entry.ExpiredAt(c.now) {
						t.Fatalf("%s has ended and is still there", entry.ID)
					}
				}
				before, secret := listed(c.registered), c.secret
				c.pass()
				if listed(c.registered) != before || c.secret != secret {
					t.Fatalf("a second pass made %s of %s", listed(c.registered), before)
				}
			},
			"crash between registration and Secret": func(*rapid.T) { c.write() },
			"Secret refused, again and again": func(t *rapid.T) {
				for range rapid.IntRange(1, 12).Draw(t, "times") {
					c.write()
				}
			},
			"rotated": func(*rapid.T) {
				c.secret = c.writeAs(rotation{due: true, overlap: DefaultOverlap}).secret
				c.delivered = append(c.delivered, c.secret)
			},
			"rotated, and a crash before the Secret": func(*rapid.T) { c.writeAs(rotation{due: true, overlap: DefaultOverlap}) },
			"Secret deleted":                         func(*rapid.T) { c.secret = "" },
			"Secret damaged": func(t *rapid.T) {
				c.secret = rapid.SampledFrom([]string{"changed by hand", " " + c.secret, c.secret + "\n", secretOf("forged")}).Draw(t, "to")
			},
			"Secret set back": func(t *rapid.T) {
				if len(c.delivered) == 0 {
					t.Skip("there was none")
				}
				c.secret = rapid.SampledFrom(c.delivered).Draw(t, "to")
			},
			"registration lost": func(t *rapid.T) {
				if rapid.IntRange(0, 4).Draw(t, "often") > 0 {
					t.Skip("seldom")
				}
				c.registered, c.known = nil, false
				clear(c.promised) // the plaintext of all but one is nowhere: nobody could bring them back
			},
			"time passes": func(t *rapid.T) {
				c.now = c.now.Add(time.Duration(rapid.IntRange(1, 30*3600).Draw(t, "seconds")) * time.Second)
			},
			"": func(t *rapid.T) {
				for secret, until := range c.promised {
					if c.now.Before(until) && !c.accepts(secret) {
						t.Fatalf("a secret that was delivered is refused %v too early: %s", until.Sub(c.now), listed(c.registered))
					}
				}
				active := 0
				for _, entry := range c.registered {
					end, seen := ends[entry.ID]
					switch {
					case !entry.Retiring():
						active++
					case !seen:
						ends[entry.ID] = entry.NotAfter
					case !entry.NotAfter.Equal(end):
						t.Fatalf("%s was to end at %v, now at %v", entry.ID, end, entry.NotAfter)
					}
				}
				if active > 1 || len(c.registered) > maxCredentials {
					t.Fatalf("%d are active, of %d: %s", active, len(c.registered), listed(c.registered))
				}
			},
		})
	})
}

// TestRefusedWritesCostNothing: while a quota or a webhook refuses a new Secret in place of one that was deleted, the
// operator tries again and again, and Pods go on with the former secret.
func TestRefusedWritesCostNothing(t *testing.T) {
	c := &cluster{now: noon, promised: map[string]time.Time{}}
	c.pass()
	former := c.secret
	c.secret = ""
	for range 100 {
		c.write()
		if c.now = c.now.Add(10 * time.Minute); !c.accepts(former) {
			t.Fatalf("the former secret is refused after %v: %s", c.now.Sub(noon), listed(c.registered))
		}
	}
}
