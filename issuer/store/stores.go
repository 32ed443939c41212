package store

// Stores is one place where all is kept that the issuer must remember.
type Stores struct {
	Grants      Grants
	Index       GrantIndex
	Marks       Marks
	Revocations Revocations
	// Ends tells what ends there by itself; nil for a store in which nothing does.
	Ends Teller
}
