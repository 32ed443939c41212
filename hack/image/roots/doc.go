// Package roots holds the certificate authorities that the image trusts: Mozilla's, as the Go project publishes them, of
// the version in go.sum. It does not look at the machine.
package roots
