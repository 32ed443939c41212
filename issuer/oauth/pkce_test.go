package oauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"tokenwright.dev/issuer/oauth"
)

// verifier and challenge are those of RFC 7636 appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// TestVerifyChallenge holds PK-04, PK-05 and PK-06.
func TestVerifyChallenge(t *testing.T) {
	long := strings.Repeat("~.-_", 32)
	for _, tc := range []struct {
		name, challenge, verifier string
		ok                        bool
	}{
		{"that of RFC 7636 appendix B", challenge, verifier, true},
		{"longest, of all unreserved characters", challengeOf(long), long, true},
		{"none", challenge, "", false},
		{"wrong", challenge, strings.Replace(verifier, "d", "e", 1), false},
		{"the challenge itself", challenge, challenge, false},
		{"of another request", challengeOf(long), verifier, false},
		{"in another case", challenge, strings.ToUpper(verifier), false},
		{"too short", challengeOf(verifier[:42]), verifier[:42], false},
		{"too long", challengeOf(long + "a"), long + "a", false},
		{"with a space", challengeOf(verifier + " "), verifier + " ", false},
		{"with a plus", challengeOf(verifier + "+"), verifier + "+", false},
		{"not ASCII", challengeOf(verifier + "ü"), verifier + "ü", false},
		{"no challenge", "", verifier, false},
		{"neither", "", "", false},
		{"plain challenge", verifier, verifier, false},
		{"padded challenge", challenge + "=", verifier, false},
		{"cut challenge", challenge[:42], verifier, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := oauth.VerifyChallenge(tc.challenge, tc.verifier)
			if (err == nil) != tc.ok || !tc.ok && oauth.CodeOf(err) != oauth.InvalidGrant {
				t.Errorf("%q for %q: %v, want accepted: %v", tc.verifier, tc.challenge, err, tc.ok)
			}
		})
	}
}

func challengeOf(verifier string) string {
	digest := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

// TestChallengeStaysHidden holds PK-09: what is told of a wrong verifier quotes neither of the two.
func TestChallengeStaysHidden(t *testing.T) {
	for _, sent := range []string{"", "short", verifier[1:] + "x"} {
		err := oauth.VerifyChallenge(challenge, sent)
		if text := err.Error(); strings.Contains(text, challenge) || sent != "" && strings.Contains(text, sent) {
			t.Errorf("%q quotes a secret", text)
		}
	}
}

// FuzzVerifyChallenge holds the law of RFC 7636 section 4.6: a verifier matches its own challenge and no other, if it is
// one at all.
func FuzzVerifyChallenge(f *testing.F) {
	f.Add(challenge, verifier)
	f.Add("", "")
	f.Add(challenge, strings.Repeat("é", 30))
	f.Fuzz(func(t *testing.T, other, verifier string) {
		const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
		legal := len(verifier) >= 43 && len(verifier) <= 128 && strings.Trim(verifier, unreserved) == ""
		own := challengeOf(verifier)
		if err := oauth.VerifyChallenge(own, verifier); (err == nil) != legal {
			t.Errorf("%q for its own challenge: %v", verifier, err)
		}
		if err := oauth.VerifyChallenge(other, verifier); err == nil && other != own {
			t.Errorf("%q matches %q", verifier, other)
		}
	})
}
