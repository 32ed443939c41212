// Package seal makes strings that only this issuer can read, and that nobody can change: authorization codes, refresh
// tokens, opaque access tokens, login sessions. What is sealed need not be stored. What is longer than a string should be is
// sealed as a stream.
//
// It owns the kinds of sealed values, their keys and their wire form, and tags, which stand for what is not to be seen. It
// does not know what stands in sealed values, nor when they expire, which is inside and their readers' to judge.
package seal
