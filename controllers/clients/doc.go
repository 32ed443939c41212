// Package clients finds OAuthClients in the cache: by the issuer that they mean, by client_id, by the policies that
// select them. It reads and decides nothing.
package clients
