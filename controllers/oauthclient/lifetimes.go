package oauthclient

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/keyring"
	"tokenwright.dev/issuer/registration"
)

// lifetimes is how long lives, at most, what is signed and what is sealed under an issuer's two key rings.
type lifetimes struct {
	signed, sealed time.Duration
}

// lifetimesOf tells what a registration allows.
func lifetimesOf(r *registration.Registration) lifetimes {
	out := lifetimes{signed: seconds(r.AccessTokenLifetime)}
	if r.AccessTokenFormat == registration.FormatOpaque {
		out.sealed = seconds(r.AccessTokenLifetime)
	}
	if r.IDToken != nil {
		out.signed = max(out.signed, seconds(r.IDToken.Lifetime))
	}
	if r.RefreshToken != nil {
		out.sealed = max(out.sealed, seconds(r.RefreshToken.Lifetime))
	}
	return out
}

// prepared tells what the rings of an issuer are prepared for, and their UIDs, by what the cache knows of them.
func (r *Reconciler) prepared(ctx context.Context, issuer client.ObjectKey) (lifetimes, string, error) {
	var out lifetimes
	var uids []string
	for _, each := range []struct {
		name     string
		lifetime *time.Duration
	}{
		{registration.SigningRingName(issuer.Name), &out.signed},
		{registration.SealingRingName(issuer.Name), &out.sealed},
	} {
		ring := secretMetadata()
		if err := client.IgnoreNotFound(r.Get(ctx, client.ObjectKey{Namespace: issuer.Namespace, Name: each.name}, ring, client.UnsafeDisableDeepCopy)); err != nil {
			return lifetimes{}, "", err
		}
		longest, _ := strconv.ParseInt(ring.Annotations[v1alpha1.LongestLifetimeAnnotation], 10, 64) // absent: prepared for nothing
		*each.lifetime = seconds(longest)
		uids = append(uids, string(ring.UID))
	}
	return out, strings.Join(uids, " "), nil
}

// prepare raises the rings that are not prepared for what is to be registered.
func (r *Reconciler) prepare(ctx context.Context, want desired) error {
	for _, ring := range []struct {
		name          string
		wanted, ready time.Duration
	}{
		{registration.SigningRingName(want.issuerKey.Name), want.lifetimes.signed, want.prepared.signed},
		{registration.SealingRingName(want.issuerKey.Name), want.lifetimes.sealed, want.prepared.sealed},
	} {
		if ring.wanted <= ring.ready {
			continue
		}
		if err := keyring.Raise(ctx, r.Live, r.Client, want.issuerKey, ring.name, ring.wanted); err != nil {
			return fmt.Errorf("prepare key ring for %s: %w", ring.wanted, err)
		}
	}
	return nil
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
