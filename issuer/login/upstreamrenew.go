package login

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/oauth2"
)

// Lease is a refresh token of an upstream identity provider. As long as it is good, the person is still known there.
type Lease struct {
	// Issuer is the provider's issuer identifier: nobody else is shown the token.
	Issuer string `json:"iss"`
	Token  string `json:"token"`
}

// Renewal is what an upstream identity provider says of a person when it is asked again.
type Renewal struct {
	Lease Lease
	// Claims are the present ones; nil where it says nothing of them.
	Claims map[string]any
}

// Renew asks after the person who is subject here (OpenID Connect Core section 12). The error wraps ErrGone where the
// provider knows them no longer. With any other error the lease may be a new one all the same.
func (u *Upstream) Renew(ctx context.Context, subject string, lease Lease) (Renewal, error) {
	if lease.Issuer != u.rules.OIDC.Issuer {
		return Renewal{}, fmt.Errorf("%w: another one stands in its place", ErrGone)
	}
	ctx, cancel := context.WithTimeout(ctx, upstreamPatience)
	defer cancel()
	found, err := u.site.discover(ctx)
	if err != nil {
		return Renewal{Lease: lease}, err
	}
	tokens, err := u.client(found).TokenSource(u.site.with(ctx), &oauth2.Token{RefreshToken: lease.Token}).Token()
	if err != nil {
		return Renewal{Lease: lease}, u.refused(err)
	}
	next := Renewal{Lease: Lease{lease.Issuer, tokens.RefreshToken}} // the former one where there is no new one
	if _, ok := tokens.Extra("id_token").(string); !ok {
		return next, nil // section 12.2 allows that: the person is there, and nothing is said of them
	}
	all, err := u.read(ctx, found, tokens)
	if err != nil {
		return next, err
	}
	if u.subject(all) != subject {
		return Renewal{}, fmt.Errorf("%w: the answer is about somebody else", ErrGone)
	}
	next.Claims, _, err = u.claims.apply(ctx, all)
	return next, err
}

// goneCodes are the answers that only a new login helps; invalid_client and others are mistakes in the setting up.
var goneCodes = []string{"invalid_grant", "access_denied", "login_required", "interaction_required", "consent_required"}

func (u *Upstream) refused(err error) error {
	refusal, ok := errors.AsType[*oauth2.RetrieveError](err)
	if ok && slices.Contains(goneCodes, refusal.ErrorCode) {
		return u.site.failed(err, ErrGone)
	}
	return u.site.failed(err, ErrUpstreamAway)
}
