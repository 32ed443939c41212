package accepted

// Pages is how many namespaces b remembers.
func (b *Book) Pages() int {
	count := 0
	b.pages.Range(func(_, _ any) bool { count++; return true })
	return count
}
