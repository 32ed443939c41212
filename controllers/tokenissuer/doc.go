// Package tokenissuer keeps TokenIssuers true: the signing and the sealing key ring, the configuration that the issuer
// reads, and a status with one row a key.
//
//	observe  reads rings, configuration and the replicas' reports
//	desire   decides, purely, the next step of each ring (issuer/keys) and the conditions
//	apply    generates the keys that are asked for, and writes
//	report   writes the status, if it changed
//
// There is no finalizer: deleting a TokenIssuer leaves its key rings, so that applying it again restores every token.
package tokenissuer
