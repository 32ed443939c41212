package login

import "math"

const (
	// hashingShare is the part of a process's memory that hashing may use: one quarter. A second one is needed for what the
	// last hash has left until it is collected, and half stays for everything else.
	hashingShare = 4
	// unlimitedHashing is for a process without a limit: enough for the costliest hash that a file may hold.
	unlimitedHashing = maxArgon2Memory << 10
)

// HashingBudget is how much memory, in bytes, passwords that are hashed at a time may use together, in a process whose
// memory is limited to limit bytes: that of GOMEMLIMIT, which is math.MaxInt64 for none.
func HashingBudget(limit int64) int64 {
	if limit == math.MaxInt64 {
		return unlimitedHashing
	}
	return max(limit, 0) / hashingShare
}

// LimitForHashing is the least limit whose HashingBudget is memory.
func LimitForHashing(memory int64) int64 { return memory * hashingShare }
