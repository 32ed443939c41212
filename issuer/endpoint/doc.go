// Package endpoint serves the issuer's HTTP endpoints, one file per endpoint.
//
// It owns paths, methods, headers and the bytes of answers. Each endpoint parses its request, asks registry who it is,
// grant what it gets, and answers; failures are returned and become a response and a log line in handle.go alone. The
// package does not know where its data comes from, nor who listens.
package endpoint
