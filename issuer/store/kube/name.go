package kube

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// hashed makes a name of 52 lower-case letters and digits from parts that have no NUL in them, the last one aside.
func hashed(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:]))
}
