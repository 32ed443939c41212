package login

import "fmt"

// Afford tells whether a password of these users can be checked where hashing may use budget, in bytes. The error is an
// ErrTooCostly that says where the costliest hash stands, and what to write instead.
func (u *Users) Afford(budget int64) error {
	if u.memory <= budget {
		return nil
	}
	return fmt.Errorf("users: %s: passwordHash: %w: it needs %d KiB and there are %d: allow the issuer more memory, or write a hash of m=%d at most",
		u.where(u.costliest, "passwordHash"), ErrTooCostly, u.memory>>10, budget>>10, max(budget>>10, 0))
}
