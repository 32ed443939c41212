// Package restart starts issuers again while the API server is away, on an installation of its own, and tells what they
// still know.
package restart
