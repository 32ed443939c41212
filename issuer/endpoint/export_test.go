package endpoint

import "tokenwright.dev/issuer/fair"

// LimitNotices makes little room for notices of logouts. It comes before the first of them.
func LimitNotices(s *Server, limits fair.Limits) { s.courier.queue = fair.New[*errand](limits) }
