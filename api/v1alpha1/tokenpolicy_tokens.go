package v1alpha1

// AccessTokenRules bounds access tokens.
// +kubebuilder:validation:XValidation:rule="!has(self.defaultLifetime) || !has(self.maxLifetime) || [self.defaultLifetime, self.maxLifetime].exists(d, !d.matches('^([0-9]{1,5}[hms]){1,3}$')) || duration(self.defaultLifetime) <= duration(self.maxLifetime)",message="defaultLifetime must not exceed maxLifetime"
type AccessTokenRules struct {
	// defaultLifetime is how long an access token lives whose client has no wish: from 10s to 24h. 10m where no policy
	// sets it.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('10s') && duration(self) <= duration('24h')",message="defaultLifetime must be from 10s to 24h, such as 90s, 10m or 1h30m"
	// +optional
	DefaultLifetime Duration `json:"defaultLifetime,omitempty"`
	// maxLifetime is how long an access token may live at most: from 10s to 24h. 1h where no policy sets it.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('10s') && duration(self) <= duration('24h')",message="maxLifetime must be from 10s to 24h, such as 90s, 10m or 1h30m"
	// +optional
	MaxLifetime Duration `json:"maxLifetime,omitempty"`
	// formats lists the forms that access tokens may have, of JWT and Opaque; an empty list allows none, so that no token is
	// issued. No limit when absent.
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	// +optional
	Formats []TokenFormat `json:"formats,omitzero"`
}

// Rotation says whose refresh tokens change with each use (RFC 9700 section 4.14.2).
// +kubebuilder:validation:Enum=Always;PublicClients
type Rotation string

const (
	// RotateAlways makes every refresh token good for one use.
	RotateAlways Rotation = "Always"
	// RotatePublicClients does so for public clients; those of others are bound to the client's own authentication.
	RotatePublicClients Rotation = "PublicClients"
)

// RefreshTokenRules bounds refresh tokens.
// +kubebuilder:validation:XValidation:rule="!has(self.maxIdleLifetime) || !has(self.maxLifetime) || [self.maxIdleLifetime, self.maxLifetime].exists(d, !d.matches('^([0-9]{1,5}[hms]){1,3}$')) || duration(self.maxIdleLifetime) <= duration(self.maxLifetime)",message="maxIdleLifetime must not exceed maxLifetime"
type RefreshTokenRules struct {
	// maxLifetime is how long a grant can be refreshed at most, counted from the login that began it: from 1m to 8760h. 720h
	// where no policy sets it.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('1m') && duration(self) <= duration('8760h')",message="maxLifetime must be from 1m to 8760h, such as 12h or 720h"
	// +optional
	MaxLifetime Duration `json:"maxLifetime,omitempty"`
	// maxIdleLifetime is how long a grant can go unused at most before it ends: from 1m to 8760h. 168h where no policy sets
	// it.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('1m') && duration(self) <= duration('8760h')",message="maxIdleLifetime must be from 1m to 8760h, such as 8h or 168h"
	// +optional
	MaxIdleLifetime Duration `json:"maxIdleLifetime,omitempty"`
	// rotation says whose refresh tokens are good for one use: Always, or PublicClients, since those of others are bound to
	// the client's authentication (RFC 9700 section 4.14.2). Always wins over PublicClients. PublicClients where no policy sets
	// it.
	// +optional
	Rotation Rotation `json:"rotation,omitempty"`
	// reuseGrace is how long after a rotation the former refresh token gets the same successor once more, for clients that
	// lost the answer: from 0s to 60s. Later use of it revokes the grant. 10s where no policy sets it.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('0s') && duration(self) <= duration('60s')",message="reuseGrace must be from 0s to 60s, such as 10s"
	// +optional
	ReuseGrace Duration `json:"reuseGrace,omitempty"`
}

// IDTokenClaims says which claims of a person stand in ID tokens.
// +kubebuilder:validation:Enum=Scopes;Minimal
type IDTokenClaims string

const (
	// ClaimsOfScopes are those that the granted scopes release, beside those that were asked for by name.
	ClaimsOfScopes IDTokenClaims = "Scopes"
	// ClaimsMinimal are those alone that were asked for by name (the claims parameter, OpenID Connect Core section 5.5).
	ClaimsMinimal IDTokenClaims = "Minimal"
)

// IDTokenRules bounds ID tokens.
type IDTokenRules struct {
	// maxLifetime is how long an ID token lives: from 1m to 24h. 1h where no policy sets it.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('1m') && duration(self) <= duration('24h')",message="maxLifetime must be from 1m to 24h, such as 10m or 1h"
	// +optional
	MaxLifetime Duration `json:"maxLifetime,omitempty"`
	// claims is Scopes, which sets no limit, or Minimal: then what granted scopes release is told at the userinfo endpoint
	// alone, and ID tokens hold only the claims that a client asks for by name (OpenID Connect Core sections 5.4 and 5.5).
	// Minimal wins over Scopes. Scopes where no policy sets it.
	// +optional
	Claims IDTokenClaims `json:"claims,omitempty"`
}
