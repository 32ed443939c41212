// Package hostile tells what a tenant, a stranger and a person with an account can do to others: as little as SECURITY.md
// says.
//
// The tenant has the credentials of a ServiceAccount that may write OAuthClients, TokenPolicies and Secrets in its own
// namespace, and no more. The stranger has the network and two replicas of the issuer over TLS; whoever has an account has
// a browser as well. What they do is counted, in writes by the API server's audit log, or bounded, in memory and time, by
// bounds that a busy machine keeps; `make hostile` prints what was measured besides.
//
// All hostile input stays harmless for other software: it is too much, too often or in the wrong place, and nothing else.
package hostile
