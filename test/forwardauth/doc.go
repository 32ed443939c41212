// Package forwardauth has a real nginx ask a guard, by the very configuration that docs/forward-auth.md shows, and an
// issuer stand behind it. Clients that mean harm send what they hope will slip through between the three.
//
// The nginx is Debian's, or what else is installed; `make forward-auth-test` sees to it. What needs none runs in `make
// test`: the documents show the files that are tested, and Kubernetes would take them.
package forwardauth
