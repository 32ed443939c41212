// Package keys holds an issuer's key rings: their wire form, the life of a key, and signing with the one that is due.
//
//	Pending    in the ring; served, but perhaps not by every replica yet
//	Published  every replica serves it; it signs from signFrom on, when verifiers can know it
//	Active     signs, until the next key of its algorithm takes over
//	Retiring   no longer signs; served until the last token under it has expired
//	Removed    no longer in the ring
//
// The operator advances a ring with Advance, a pure function; an issuer chooses by the times in the ring alone, so all
// replicas switch together and a restart changes nothing. Package keys does not know where rings are stored, nor what
// is signed.
package keys
