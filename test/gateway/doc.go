// Package gateway has people log in by way of a real nginx at its defaults, by the very configuration that docs/deployment.md
// shows. They come from an identity provider elsewhere that says a lot of them.
//
// The nginx is the one of test/forwardauth; `make forward-auth-test` sees to it. What needs none runs in `make test`.
package gateway
