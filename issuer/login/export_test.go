package login

import (
	"context"
	"testing"
	"time"
)

// Enter takes a place, and so much memory, as a login would.
func Enter(tb testing.TB, gate *Gate, memory int64) (leave func()) {
	tb.Helper()
	leave, err := gate.enter(tb.Context(), memory)
	if err != nil {
		tb.Fatal(err)
	}
	return leave
}

// Strangers is a file in which nobody is, and whose hashes need so much memory; during runs while one is computed.
func Strangers(memory int64, during func()) *Users {
	hash := observedHash{bcryptHash{cost: 4}, memory, during}
	return &Users{decoy: hash, memory: hash.memory()}
}

type observedHash struct {
	bcryptHash

	needs  int64
	during func()
}

func (h observedHash) matches(string) bool {
	h.during()
	return false
}

func (h observedHash) memory() int64 { return h.needs }

// DecoyWork names the work of refusing a stranger.
func DecoyWork(users *Users) string { return users.decoy.work() }

// ClaimsOf are the claims of each user.
func ClaimsOf(users *Users) []map[string]any {
	var all []map[string]any
	for _, u := range users.bySubject {
		all = append(all, u.identity.Claims)
	}
	return all
}

// ApplyClaims maps the claims of a person, however slow the machine is.
func ApplyClaims(made *ClaimMap, claims map[string]any) (map[string]any, error) {
	return ApplyClaimsIn(context.Background(), made, claims)
}

// ApplyClaimsIn maps the claims of a person as long as ctx lasts.
func ApplyClaimsIn(ctx context.Context, made *ClaimMap, claims map[string]any) (map[string]any, error) {
	patient := *made
	patient.deadline = time.Hour
	mapped, _, err := patient.apply(ctx, claims)
	return mapped, err
}

// ApplyClaimsNow maps the claims of a person as a login does: by the clock.
func ApplyClaimsNow(made *ClaimMap, claims map[string]any) (map[string]any, error) {
	mapped, _, err := made.apply(context.Background(), claims)
	return mapped, err
}

// OmitClaims maps the claims of a person, and tells which were left out.
func OmitClaims(made *ClaimMap, claims map[string]any) (mapped map[string]any, omitted []string, err error) {
	patient := *made
	patient.deadline = time.Hour
	return patient.apply(context.Background(), claims)
}
