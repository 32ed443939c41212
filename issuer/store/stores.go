package store

// Stores is one place where all is kept that the issuer must remember.
type Stores struct {
	Grants      Grants
	Index       GrantIndex
	Marks       Marks
	Revocations Revocations
}
