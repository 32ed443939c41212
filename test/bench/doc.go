// Package bench measures the issuer's hot path against a floor: the smallest handler that does the same job. Both run in
// the same rounds, so that the ratio holds on any machine.
package bench
