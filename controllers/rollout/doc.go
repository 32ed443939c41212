// Package rollout knows which clients follow the policies as they are now: how far a policy's latest change has come. It
// remembers in memory alone, and after a start knows of nobody until their first pass. It does not know what a policy says.
package rollout
