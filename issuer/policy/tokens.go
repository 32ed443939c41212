package policy

import (
	"cmp"
	"time"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// FormatNone is the format of access tokens where the policies allow none: no token is issued.
const FormatNone = "None"

// accessToken takes the client's wishes, or else the defaults, and narrows them to what is allowed.
func accessToken(wishes *v1alpha1.AccessTokenWishes, rules Rules) *v1alpha1.EffectiveAccessToken {
	if wishes == nil {
		wishes = &v1alpha1.AccessTokenWishes{}
	}
	longest := orBuiltin(rules.MaxLifetime, MaxAccessTokenLifetime)
	lifetime := orElse(wishes.Lifetime, orBuiltin(rules.DefaultLifetime, DefaultAccessTokenLifetime))
	return &v1alpha1.EffectiveAccessToken{
		Lifetime: clamp(lifetime, longest).decided(), MaxLifetime: longest.decided(), Format: format(wishes.Format, rules),
	}
}

// format is the one that the client wishes for, or else the first that is allowed.
func format(wish v1alpha1.TokenFormat, rules Rules) *v1alpha1.DecidedValue {
	wanted := wished(wish, v1alpha1.FormatJWT)
	allowed := listed(rules.Formats)
	refusedBy, ok := allowed(wanted.Value)
	if ok {
		return &wanted
	}
	for _, other := range []string{registration.FormatJWT, registration.FormatOpaque} {
		if _, ok := allowed(other); ok {
			return &v1alpha1.DecidedValue{Value: other, DecidedBy: refusedBy}
		}
	}
	return &v1alpha1.DecidedValue{Value: FormatNone, DecidedBy: refusedBy}
}

// refreshToken does the same for refresh tokens. Nothing can lie idle for longer than it lives.
func refreshToken(wishes *v1alpha1.RefreshTokenWishes, rules Rules) *v1alpha1.EffectiveRefreshToken {
	if wishes == nil {
		wishes = &v1alpha1.RefreshTokenWishes{}
	}
	longest := orBuiltin(rules.MaxRefreshLifetime, MaxRefreshTokenLifetime)
	longestIdle := orBuiltin(rules.MaxIdleLifetime, MaxRefreshTokenIdleLifetime)
	lifetime := clamp(orElse(wishes.Lifetime, orBuiltin(Bound{}, MaxRefreshTokenLifetime)), longest)
	idle := clamp(orElse(wishes.IdleLifetime, orBuiltin(Bound{}, MaxRefreshTokenIdleLifetime)), longestIdle)
	return &v1alpha1.EffectiveRefreshToken{
		Lifetime:     lifetime.decided(),
		IdleLifetime: clamp(idle, lifetime).decided(),
		Rotation: v1alpha1.DecidedValue{
			Value:     string(cmp.Or(rules.Rotation.Value, v1alpha1.RotatePublicClients)),
			DecidedBy: cmp.Or(rules.Rotation.By, v1alpha1.DecidedByBuiltin),
		},
		ReuseGrace: orBuiltin(rules.ReuseGrace, DefaultReuseGrace).decided(),
	}
}

// idToken does the same for ID tokens, for whose lifetime clients have no wish.
func idToken(wishes *v1alpha1.IDTokenWishes, rules Rules) *v1alpha1.EffectiveIDToken {
	if wishes == nil {
		wishes = &v1alpha1.IDTokenWishes{}
	}
	return &v1alpha1.EffectiveIDToken{
		Lifetime:  orBuiltin(rules.MaxIDLifetime, MaxIDTokenLifetime).decided(),
		Algorithm: wished(wishes.SigningAlgorithm, v1alpha1.RS256),
		Claims:    idClaims(wishes.Claims, rules.IDClaims),
	}
}

// idClaims is Minimal wherever a policy says so, else what the client wishes for. Scopes is no limit.
func idClaims(wish v1alpha1.IDTokenClaims, rule Choice[v1alpha1.IDTokenClaims]) *v1alpha1.DecidedValue {
	if rule.By != "" && (wish == "" || rule.Value == v1alpha1.ClaimsMinimal && wish != rule.Value) {
		return &v1alpha1.DecidedValue{Value: string(rule.Value), DecidedBy: rule.By}
	}
	return new(wished(wish, v1alpha1.ClaimsOfScopes))
}

// registerTokens writes what was decided about tokens into the registration. A client whose tokens may have no form may
// use no grant.
func registerTokens(r *registration.Registration, effective *v1alpha1.EffectiveRules) {
	switch effective.AccessToken.Format.Value {
	case FormatNone:
		r.GrantTypes = nil
	case registration.FormatOpaque:
		r.AccessTokenFormat = registration.FormatOpaque
	}
	if is := effective.RefreshToken; is != nil {
		r.RefreshToken = &registration.RefreshTokenRules{
			Lifetime:     seconds(is.Lifetime),
			IdleLifetime: seconds(is.IdleLifetime),
			Rotate:       r.Public || is.Rotation.Value == string(v1alpha1.RotateAlways),
			ReuseGrace:   seconds(is.ReuseGrace),
		}
	}
	if is := effective.IDToken; is != nil {
		r.IDToken = &registration.IDTokenRules{Lifetime: seconds(is.Lifetime), Algorithm: is.Algorithm.Value}
		if is.Claims.Value == registration.ClaimsMinimal { // an older issuer takes a registration without it
			r.IDToken.Claims = registration.ClaimsMinimal
		}
	}
}

// wished is what the client wishes for, or what is built in.
func wished[T ~string](wish, builtin T) v1alpha1.DecidedValue {
	if wish == "" {
		return v1alpha1.DecidedValue{Value: string(builtin), DecidedBy: v1alpha1.DecidedByBuiltin}
	}
	return v1alpha1.DecidedValue{Value: string(wish), DecidedBy: v1alpha1.DecidedByClient}
}

// orElse is the lifetime that the client wishes for, or otherwise.
func orElse(wish v1alpha1.Duration, otherwise Bound) Bound {
	if wish == "" {
		return otherwise
	}
	return Bound{By: v1alpha1.DecidedByClient, Value: wish.Std()}
}

func orBuiltin(b Bound, builtin time.Duration) Bound {
	if b.By == "" {
		return Bound{By: v1alpha1.DecidedByBuiltin, Value: builtin}
	}
	return b
}

// clamp is b, or longest where b exceeds it.
func clamp(b, longest Bound) Bound {
	if longest.Value < b.Value {
		return longest
	}
	return b
}

func (b Bound) decided() v1alpha1.DecidedDuration {
	return v1alpha1.DecidedDuration{Value: v1alpha1.DurationOf(b.Value), DecidedBy: b.By}
}

func seconds(d v1alpha1.DecidedDuration) int64 { return int64(d.Value.Std() / time.Second) }
