// Package audit is the one list of what the issuer tells of itself: audit events with the attributes that they may have,
// and metrics.
//
// An event is logged from a struct that has room for what may be logged and for nothing else, so no secret and no token
// can slip in. Metrics have no label whose values a client chooses. The package does not know when something happens.
package audit
