// Package samples proves that config/samples is true: the API server takes each sample as it stands, and what the operator
// would run for each issuer; and it refuses each wrong one with the words that its first line promises. What becomes of them
// later is the whole-stack test's to prove.
package samples
