// Package keyring keeps key rings in Secrets: read live, written with the resourceVersion that was read, never
// overwritten when unreadable. What a ring should hold is for issuer/keys to decide.
package keyring
