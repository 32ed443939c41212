// Package stack proves the whole: operator and issuer as separate processes on a real control plane, config/samples
// applied, and other people's code as application and resource server.
//
// One installation serves one story after the other; each leaves it as it found it. How long things took is logged; a
// time is held to a bound only where a contract names one, with a wide margin for a busy machine.
package stack
