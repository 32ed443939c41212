package live

import (
	"encoding/base64"
	"strings"
	"sync"
)

// ledger remembers what nobody may find in a log: each secret text and what it is.
type ledger struct {
	mu    sync.Mutex
	known map[string]string
}

// Remember notes a secret, or a token.
func (in *Installation) Remember(what, secret string) {
	if secret == "" {
		return
	}
	in.ledger.mu.Lock()
	defer in.ledger.mu.Unlock()
	if in.ledger.known == nil {
		in.ledger.known = map[string]string{}
	}
	in.ledger.known[secret] = what
}

// Remembered is how many secrets and tokens there are to look for.
func (in *Installation) Remembered() int {
	in.ledger.mu.Lock()
	defer in.ledger.mu.Unlock()
	return len(in.ledger.known)
}

// Leaks names the secrets and tokens that stand in text: as they are, in base64, or as the claims or the signature alone.
func (in *Installation) Leaks(text string) []string {
	in.ledger.mu.Lock()
	defer in.ledger.mu.Unlock()
	var found []string
	for secret, what := range in.ledger.known {
		for _, form := range forms(secret) {
			if strings.Contains(text, form) {
				found = append(found, what)
				break
			}
		}
	}
	return found
}

func forms(secret string) []string {
	if header, rest, jwt := strings.Cut(secret, "."); jwt && header != "" {
		return strings.Split(rest, ".")
	}
	// The last characters of base64 depend on what follows.
	encoded := base64.RawStdEncoding.EncodeToString([]byte(secret))
	return []string{secret, encoded[:len(encoded)-2]}
}
