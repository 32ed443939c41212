// Package login is where resource owners prove who they are and say what a client may do in their name (RFC 6749 section
// 3.1, OpenID Connect Core section 3.1.2).
//
// It owns identities and where they come from, login sessions, authorization requests that wait for a person, the
// decision what comes next, which claims a scope releases, and the pages that people see. It does not know URLs nor
// methods, which are issuer/endpoint's, nor what a client may have, which issuer/policy decides; and it writes to no
// store: what it has to remember is sealed and kept by the browser. It speaks to nobody but upstream identity providers, and
// to those only when somebody wants to log in there or is asked after.
package login
