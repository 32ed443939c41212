package login_test

import (
	"errors"
	"testing"

	"tokenwright.dev/issuer/login"
)

// Hashes of "pässword" that the reference implementation made (argon2 20171227 of Debian), with as many lanes as may be: the
// least memory for these, and an amount that the lanes do not divide.
const (
	hashOfLanes  = "$argon2id$v=19$m=128,t=1,p=16$c2FsdHNhbHRzYWx0MTIzNA$xE1f7pLCNx/+9go/rTqQkmzLCUmQY6o4WXF0/9YEvmI"
	hashOfUneven = "$argon2id$v=19$m=1100,t=2,p=16$c2FsdHNhbHRzYWx0MTIzNA$2W//7foD7yuaDqxubcQ7NNGMdV1+DAq2utW35KdtRec"
)

// Many tools take a lane for each processor of the machine that they run on. What a hash needs is its m, however many share it.
func TestSixteenLanes(t *testing.T) {
	for hash, memory := range map[string]int64{hashOfLanes: 128 << 10, hashOfUneven: 1100 << 10} {
		users := parseUsers(t, "users: [{username: alice, passwordHash: '"+hash+"'}]")
		if users.Refused() != nil || users.Memory() != memory {
			t.Errorf("%s: refused %v, needs %d bytes, want %d", hash, users.Refused(), users.Memory(), memory)
		}
		gate := login.NewGate(1, memory)
		if who, err := users.Authenticate(t.Context(), gate, "alice", "pässword"); err != nil || who.Username != "alice" {
			t.Errorf("%s: %q, %v", hash, who.Username, err)
		}
		if _, err := users.Authenticate(t.Context(), gate, "alice", "password"); !errors.Is(err, login.ErrCredentials) {
			t.Errorf("%s: a wrong password: %v", hash, err)
		}
		if err := users.Afford(memory - 1); !errors.Is(err, login.ErrTooCostly) {
			t.Errorf("%s: with a byte less than it needs: %v", hash, err)
		}
	}
}
