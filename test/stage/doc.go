// Package stage lets tests call the operator's reconcilers by hand, on a real API server.
//
// It owns what a manager would give them: a cache with the operator's own options and indexes, a client that reads from
// it, a clock and a recorder of Events. The clock is stepped by the test. The cache waits for nothing but the API
// server's watch events, and can be made to stand still. The client keeps a ledger of writes, in order, and can be made
// to crash at any one of them. The package knows nothing of what reconcilers decide.
package stage
