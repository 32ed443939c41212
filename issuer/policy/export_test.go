package policy

// RememberedOutcomes is rememberedOutcomes.
const RememberedOutcomes = rememberedOutcomes

// Remembered is how many outcomes s remembers.
func (s *Set) Remembered() int {
	s.outcomes.mu.Lock()
	defer s.outcomes.mu.Unlock()
	return len(s.outcomes.known)
}
