// Package scale measures how long many OAuthClients take from their creation until all are Ready, beside the time of
// the bare API writes that this needs, and how much memory operator and issuer take meanwhile.
//
// The bare writes are the same objects, as many at a time, written by client-go alone: the OAuthClient, its finalizer,
// its registration, its Secret, its status. Both runs have a fresh control plane each on the same machine, so their
// ratio says what reconciling costs beyond storing.
//
// It also measures what an operator takes in memory at its start, beside objects that a tenant made as large as they
// get.
package scale
