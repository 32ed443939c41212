// Package security holds SECURITY.md to its word: each sentence about what somebody can and cannot do names a test, and that
// test exists. Whether it shows what the sentence says, a reader has to judge.
package security
