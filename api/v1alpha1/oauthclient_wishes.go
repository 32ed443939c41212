package v1alpha1

// AccessTokenWishes is what a client would like; policies may only narrow it.
type AccessTokenWishes struct {
	// lifetime is how long an access token of this client lives (expires_in of RFC 6749 section 5.1): from 10s to 24h,
	// clamped to the policies' maxLifetime. The policies' defaultLifetime when absent.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('10s') && duration(self) <= duration('24h')",message="lifetime must be from 10s to 24h, such as 90s, 10m or 1h30m"
	// +optional
	Lifetime Duration `json:"lifetime,omitempty"`
	// format is JWT, which resource servers check by themselves (RFC 9068), or Opaque, for which they ask the issuer (RFC
	// 7662), so that a revoked token is refused at once. Where the policies do not allow it, the first of JWT and Opaque that
	// they do. JWT when absent.
	// +optional
	Format TokenFormat `json:"format,omitempty"`
}

// RefreshTokenWishes is what a client would like of its refresh tokens; policies may only narrow it.
// +kubebuilder:validation:XValidation:rule="!has(self.idleLifetime) || !has(self.lifetime) || [self.idleLifetime, self.lifetime].exists(d, !d.matches('^([0-9]{1,5}[hms]){1,3}$')) || duration(self.idleLifetime) <= duration(self.lifetime)",message="idleLifetime must not exceed lifetime"
type RefreshTokenWishes struct {
	// lifetime is how long a grant can be refreshed, counted from the login that began it, however often it is used: from 1m
	// to 8760h, clamped to the policies' maxLifetime. 720h when absent, or the policies' maxLifetime if that is shorter.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('1m') && duration(self) <= duration('8760h')",message="lifetime must be from 1m to 8760h, such as 12h or 720h"
	// +optional
	Lifetime Duration `json:"lifetime,omitempty"`
	// idleLifetime is how long a grant can go unused before it ends: from 1m to 8760h, clamped to the policies'
	// maxIdleLifetime and to lifetime. 168h when absent, or less if policies or lifetime are shorter.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('1m') && duration(self) <= duration('8760h')",message="idleLifetime must be from 1m to 8760h, such as 8h or 168h"
	// +optional
	IdleLifetime Duration `json:"idleLifetime,omitempty"`
}

// IDTokenWishes is what a client would like of its ID tokens.
type IDTokenWishes struct {
	// signingAlgorithm is the JWS algorithm of ID tokens (id_token_signed_response_alg of OpenID Connect Registration section
	// 2): ES256, RS256 or EdDSA, of those that the issuer has a key for. RS256 when absent, which every client understands.
	// +optional
	SigningAlgorithm SigningAlgorithm `json:"signingAlgorithm,omitempty"`
	// claims is Scopes, so that ID tokens tell what the granted scopes release, as kube-apiserver and others need that read
	// nothing else; or Minimal, so that they hold only the claims that the client asks for by name, and all else is told at
	// the userinfo endpoint (OpenID Connect Core sections 5.4 and 5.5). Claims beyond 2 KiB are left to that endpoint in any
	// case. Where a policy says Minimal it is Minimal. Scopes when absent.
	// +optional
	Claims IDTokenClaims `json:"claims,omitempty"`
}

// UserInfoWishes is what a client would like of the userinfo endpoint's answers.
type UserInfoWishes struct {
	// signingAlgorithm is the JWS algorithm of answers that come as a signed JWT (userinfo_signed_response_alg of OpenID
	// Connect Registration section 2): ES256, RS256 or EdDSA, of those that the issuer has a key for. They come as plain JSON
	// when absent.
	// +optional
	SigningAlgorithm SigningAlgorithm `json:"signingAlgorithm,omitempty"`
}
