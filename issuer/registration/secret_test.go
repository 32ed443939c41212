package registration_test

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"

	"tokenwright.dev/issuer/registration"
)

// form is what a secret scanner would look for.
var form = regexp.MustCompile(`^tw_cs_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$`)

func entropy(tb testing.TB) registration.Entropy {
	tb.Helper()
	var e registration.Entropy
	if _, err := rand.Read(e[:]); err != nil {
		tb.Fatal(err)
	}
	return e
}

func TestSecretsAreDistinctAndWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		secret := registration.NewSecret(entropy(t))
		if seen[secret] || !form.MatchString(secret) || !registration.WellFormed(secret) {
			t.Fatalf("%q: seen %v", secret, seen[secret])
		}
		seen[secret] = true
	}
}

// TestSecretForm holds the form itself: secrets that are out in the world must stay well-formed.
func TestSecretForm(t *testing.T) {
	for want, e := range map[string]registration.Entropy{
		"tw_cs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0DofJ8": {},
		"tw_cs_AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1Q8aFA": {1, 2, 3},
	} {
		if got := registration.NewSecret(e); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestEntropyIsAllThereIs: secrets of different entropy differ, and the same entropy gives the same secret.
func TestEntropyIsAllThereIs(t *testing.T) {
	bytes := rapid.SliceOfN(rapid.Byte(), 32, 32)
	rapid.Check(t, func(t *rapid.T) {
		a, b := registration.Entropy(bytes.Draw(t, "a")), registration.Entropy(bytes.Draw(t, "b"))
		if (registration.NewSecret(a) == registration.NewSecret(b)) != (a == b) {
			t.Errorf("%x and %x", a, b)
		}
	})
}

// TestAnyChangedCharacterIsDetected, at every place and by every character.
func TestAnyChangedCharacterIsDetected(t *testing.T) {
	secret := []byte(registration.NewSecret(entropy(t)))
	for i, was := range secret {
		for c := range 256 {
			if byte(c) == was {
				continue
			}
			secret[i] = byte(c)
			if registration.WellFormed(string(secret)) {
				t.Errorf("%q is well-formed", secret)
			}
		}
		secret[i] = was
	}
}

func TestWellFormedRefuses(t *testing.T) {
	good := registration.NewSecret(entropy(t))
	body := good[len("tw_cs_") : len(good)-6]
	for _, tc := range []struct{ name, secret string }{
		{"empty", ""},
		{"the prefix alone", "tw_cs_"},
		{"without the prefix", good[len("tw_cs_"):]},
		{"without the checksum", good[:len(good)-6]},
		{"cut short", good[:len(good)-1]},
		{"too long", good + "0"},
		{"a line break behind it", good + "\n"},
		{"a space before it", " " + good},
		{"other case", strings.ToUpper(good)},
		{"swapped halves", "tw_cs_" + good[len(good)-6:] + body},
		{"no base64url", forged(strings.Repeat("*", 43))},
		{"standard base64", forged(strings.Repeat("+", 43))},
		{"a line break in it", forged(strings.Repeat("A", 42) + "\n")},
		{"bits that encode nothing", forged(strings.Repeat("A", 42) + "B")},
	} {
		if registration.WellFormed(tc.secret) {
			t.Errorf("%s: %q is well-formed", tc.name, tc.secret)
		}
	}
	if !registration.WellFormed(forged(strings.Repeat("A", 43))) {
		t.Error("the forgery of this test is wrong: no row says anything")
	}
}

// forged is body with a right checksum.
func forged(body string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := crc(body)
	out := make([]byte, 6)
	for i := range out {
		out[5-i] = digits[sum%62]
		sum /= 62
	}
	return "tw_cs_" + body + string(out)
}

// crc is CRC-32 (IEEE), bit by bit.
func crc(text string) uint32 {
	sum := ^uint32(0)
	for i := range len(text) {
		sum ^= uint32(text[i])
		for range 8 {
			sum = sum>>1 ^ 0xedb88320*(sum&1)
		}
	}
	return ^sum
}

// TestNames are names of Secrets, and one for each issuer and client_id.
func TestNames(t *testing.T) {
	longest := strings.Repeat("i", 40)
	seen := map[string]string{}
	for _, issuer := range []string{"a", "a-client", "default", longest} {
		for i := range 20_000 {
			claim(t, seen, registration.SecretName(issuer, fmt.Sprint("team-", i%200, ".client-", i)), fmt.Sprint(issuer, "/", i))
		}
		claim(t, seen, registration.SigningRingName(issuer), issuer+" signing")
		claim(t, seen, registration.SealingRingName(issuer), issuer+" sealing")
		claim(t, seen, registration.ServiceName(issuer), issuer+" service")
	}
	for name := range map[string]bool{
		registration.SecretName(longest, strings.Repeat("c", 253)): true,
		registration.SigningRingName(longest):                      true,
		registration.SealingRingName(longest):                      true,
		registration.ServiceName(longest):                          true,
	} {
		if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
	if problems := validation.IsDNS1035Label(registration.ServiceName(longest)); len(problems) > 0 {
		t.Errorf("no name of a Service: %v", problems)
	}
	const want = "default-client-7458f44cdbf1d509ad510234ebaad17868f7fc4c"
	if got := registration.SecretName("default", "shop.orders"); got != want {
		t.Errorf("%s, want %s: registrations that exist would no longer be found", got, want)
	}
}

func claim(t *testing.T, seen map[string]string, name, owner string) {
	t.Helper()
	if other, ok := seen[name]; ok {
		t.Fatalf("%s and %s are both called %s", owner, other, name)
	}
	seen[name] = owner
}
