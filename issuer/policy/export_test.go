package policy

// RememberedOutcomes is rememberedOutcomes.
const RememberedOutcomes = rememberedOutcomes

// Matches is matches.
func Matches(pattern, s string) bool { return matches(pattern, s) }

// Remembered is how many outcomes s remembers.
func (s *Set) Remembered() int {
	s.outcomes.mu.Lock()
	defer s.outcomes.mu.Unlock()
	return len(s.outcomes.known)
}
