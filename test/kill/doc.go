// Package kill proves that operator and issuer may be killed at any moment. While two hundred clients come, lose their
// Secrets and go, and signing keys change, both processes are sent SIGKILL again and again; what is left must then be
// whole: every client Ready, every credential that was ever handed out accepted, no registration and no Secret without its
// client, and no token signed by a key that verifiers could not know.
//
// Chance decides when to kill. The seed is logged; KILL_SEED repeats it, as far as real processes repeat anything.
package kill
