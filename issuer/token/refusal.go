package token

// VerifyError is why a token was not accepted. It is for logs and metrics: there are few of them and they hold nothing of
// the token. Whoever sent the token learns at most that it was refused.
type VerifyError string

// The reasons to refuse a token. Each has a row in TestVerifyRefuses.
const (
	ErrTooLong   VerifyError = "too long"
	ErrMalformed VerifyError = "malformed"
	ErrType      VerifyError = "typ of another kind"
	ErrAlgorithm VerifyError = "algorithm not accepted"
	ErrKey       VerifyError = "no such key, or none for the algorithm"
	// ErrRevokedKey is for a key that somebody revoked.
	ErrRevokedKey VerifyError = "the key was revoked"
	ErrSignature  VerifyError = "wrong signature"
	ErrClaims     VerifyError = "a claim is missing or malformed"
	ErrIssuer     VerifyError = "of another issuer"
	ErrAudience   VerifyError = "for another audience"
	ErrExpired    VerifyError = "expired"
	ErrNotYet     VerifyError = "not valid yet"
)

// Error gives the reason.
func (e VerifyError) Error() string { return "token refused: " + string(e) }
