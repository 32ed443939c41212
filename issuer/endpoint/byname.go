package endpoint

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

// Find looks for whom somebody means who revokes by a name: whoever has it in the users file now; if there is nobody, and of a
// provider elsewhere, everybody who let a client do something under it and whose grant lives. A provider elsewhere is not
// asked: it may be away, or have given the name to somebody else since.
func (e endings) Find(ctx context.Context, user store.User) store.Finding {
	snapshot := e.Registry.Snapshot()
	config := snapshot.Config()
	if config == nil || e.stores.Index == nil {
		return store.Finding{}
	}
	if !slices.ContainsFunc(config.IdentityProviders, func(p registration.IdentityProvider) bool { return p.Name == user.Provider }) {
		return store.Finding{Outcome: store.FoundNoProvider, Providers: names(config.IdentityProviders)}
	}
	users, loaded := snapshot.Users(user.Provider)
	if !loaded && !snapshot.Elsewhere(user.Provider) {
		return store.Finding{}
	}
	if loaded {
		if identity, ok := users.Named(user.Username); ok {
			return e.found(ctx, map[string]bool{identity.Subject: true})
		}
	}
	grants, err := e.stores.Index.OfUser(ctx, user)
	if err != nil {
		return store.Finding{}
	}
	subjects := map[string]bool{}
	for i := range grants {
		subjects[grants[i].Subject] = true
	}
	return e.found(ctx, subjects)
}

func names(providers []registration.IdentityProvider) []string {
	list := make([]string, 0, len(providers))
	for _, p := range providers {
		list = append(list, p.Name)
	}
	return list
}

// found sums up whom a name means.
func (e endings) found(ctx context.Context, subjects map[string]bool) store.Finding {
	finding := store.Finding{Outcome: store.FoundNobody}
	for subject := range subjects {
		finding.Outcome = store.Found
		finding.Subjects = append(finding.Subjects, subject)
		grants, err := e.stores.Index.OfSubject(ctx, subject)
		if err != nil {
			return store.Finding{}
		}
		finding.Grants += len(grants)
	}
	slices.Sort(finding.Subjects)
	finding.Subjects = finding.Subjects[:min(len(finding.Subjects), store.MaxFound)]
	return finding
}

// Causes of a revocation that finds nobody.
var (
	errNobodyNamed = errors.New("nobody of that name is known")
	errNoProvider  = errors.New("there is no identity provider of that name")
)

// RevocationJudged tells the log what an administrator revoked, and whether it is about anybody. The name is not told where it
// is nobody's: it may be anything.
func (e endings) RevocationJudged(ctx context.Context, _ string, r store.Revocation, finding *store.Finding) {
	entry := audit.Entry{TokenID: r.TokenID, SessionID: r.SessionID, Subject: r.Subject}
	if e.Registry.Snapshot().Known(r.ClientID) {
		entry.ClientID = r.ClientID
	}
	switch {
	case finding == nil:
		e.Audit.Write(ctx, slog.LevelInfo, audit.RevocationApplied, &entry)
	case finding.Outcome != store.Found:
		entry.Cause = errNobodyNamed
		if finding.Outcome == store.FoundNoProvider {
			entry.Cause = errNoProvider
		} else {
			entry.Provider = r.User.Provider
		}
		e.Audit.Write(ctx, slog.LevelWarn, audit.RevocationApplied, &entry)
	default:
		entry.Provider, entry.Account = r.User.Provider, r.User.Username
		for _, subject := range finding.Subjects {
			entry.Subject = subject
			e.Audit.Write(ctx, slog.LevelInfo, audit.RevocationApplied, &entry)
		}
	}
}
