// Package people tells what people and their applications see of a whole installation over TLS: a login, consent, tokens,
// two replicas of the issuer that share one store, an administrator who takes grants back, and an API server that goes
// away. The applications are written with other people's libraries.
package people
