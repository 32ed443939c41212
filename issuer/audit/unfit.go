package audit

// Unfit is what somebody brought along who logged in, and what fits neither a cookie nor a code.
type Unfit string

// What may not fit.
const (
	// UnfitClaims are claims of an identity provider elsewhere, which are kept as long as the session.
	UnfitClaims Unfit = "claims"
	// UnfitUpstreamToken is a refresh token of such a provider, which is kept until there is a grant.
	UnfitUpstreamToken Unfit = "upstream_token"
	// UnfitCode is what a client asked for, which is kept as long as its code.
	UnfitCode Unfit = "code"
	// UnfitDropped is a refresh token that is longer than can be kept: its person is not asked after again.
	UnfitDropped Unfit = "upstream_token_dropped"
)

// Unfit counts what did not fit.
func (m *Metrics) Unfit(what Unfit) { m.unfit.WithLabelValues(string(what)).Inc() }
