package endpoint

import "tokenwright.dev/issuer/fair"

// Callable is what is asked of each address that a client's server may be at.
var Callable = callable

// LimitNotices makes little room for notices of logouts. It comes before the first of them.
func LimitNotices(s *Server, limits fair.Limits) { s.courier.queue = fair.New[*errand](limits) }
