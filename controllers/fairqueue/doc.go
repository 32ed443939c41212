// Package fairqueue decides who is reconciled next: what the platform changed first, then one object of each namespace in
// turn, and of one namespace what ends before the rest. However much one team changes, another waits for one pass of it at
// most. The waiting itself is client-go's; the package does not know any kind.
package fairqueue
