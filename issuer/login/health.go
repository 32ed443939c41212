package login

import (
	"errors"
	"strings"
	"unicode/utf8"

	"tokenwright.dev/api/v1alpha1"
)

// maxTold bounds what is told of one fault, in bytes: it stands in a report beside many others.
const maxTold = 256

// Health is whether people can log in by one identity provider at this replica. Nothing in it is secret or names anybody.
type Health struct {
	Provider string
	State    v1alpha1.ProviderHealth
	// Fault is the class of what is wrong; empty where nothing is. A usable provider may have one: what it has is not the latest.
	Fault v1alpha1.ProviderFault
	// Told says it in words, in at most 256 bytes.
	Told string
	// Users is nil for providers elsewhere, and where there is nothing to say of users; OIDC is for providers elsewhere alone.
	Users *v1alpha1.UsersReport
	OIDC  *v1alpha1.OIDCReport
}

// Usable tells whether it makes sense to ask people for anything: whatever is not known to fail may work.
func (h *Health) Usable() bool { return h.State != v1alpha1.ProviderUnusable }

// Same tells whether there is no news between two of them that people in charge would want to hear: numbers and times are none.
func (h *Health) Same(other *Health) bool { return h.State == other.State && h.Fault == other.Fault }

// Faulty is h with a fault.
func (h *Health) Faulty(state v1alpha1.ProviderHealth, fault v1alpha1.ProviderFault, told string) Health {
	next := *h
	next.State, next.Fault, next.Told = state, fault, Brief(told)
	return next
}

// Brief is text as a report can carry it.
func Brief(text string) string {
	text = strings.ToValidUTF8(text, "")
	if len(text) <= maxTold {
		return text
	}
	const dots = "..."
	end := maxTold - len(dots)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + dots
}

// UsersFile is what a replica has of the users of a provider.
type UsersFile struct {
	// Secret is the name of the Secret that should hold them.
	Secret string
	// Users are those in use; nil where there are none.
	Users *Users
	// Version is the resourceVersion that they stem from; empty where that is not known.
	Version string
	// Refused is why the latest version of the Secret is not in use; nil if it is.
	Refused error
}

// UsersHealth judges a file of users by what hashing may use, in bytes. It is pure.
func UsersHealth(provider string, file UsersFile, budget int64) Health {
	healthy := Health{Provider: provider, State: v1alpha1.ProviderUsable}
	if file.Users == nil {
		if file.Refused != nil {
			return healthy.Faulty(v1alpha1.ProviderUnusable, v1alpha1.FaultUsersNotAccepted, file.Refused.Error())
		}
		return healthy.Faulty(v1alpha1.ProviderUnusable, v1alpha1.FaultUsersMissing, "no Secret "+file.Secret+" with users has arrived")
	}
	healthy.Users = file.Users.report(file.Version)
	switch costly := file.Users.Afford(budget); {
	case costly != nil:
		return healthy.Faulty(v1alpha1.ProviderUnusable, v1alpha1.FaultUsersTooCostly, costly.Error())
	case file.Users.Len() == 0 && len(file.Users.refused) > 0:
		return healthy.Faulty(v1alpha1.ProviderUnusable, v1alpha1.FaultNoUsableEntry, "no entry of the file can be read: "+file.Users.refused[0].String())
	case errors.Is(file.Refused, ErrTooCostly):
		return healthy.Faulty(v1alpha1.ProviderUsable, v1alpha1.FaultUsersTooCostly, file.Refused.Error())
	case file.Refused != nil:
		return healthy.Faulty(v1alpha1.ProviderUsable, v1alpha1.FaultUsersNotAccepted, file.Refused.Error())
	default:
		return healthy
	}
}

// report counts the entries, and tells of the first that cannot be read; nil where that says nothing, since the API server takes
// no empty object.
func (u *Users) report(version string) *v1alpha1.UsersReport {
	if version == "" && u.Len() == 0 && len(u.refused) == 0 {
		return nil
	}
	const told = 8
	out := &v1alpha1.UsersReport{AcceptedVersion: version, Entries: int32(u.Len()), Refused: int32(len(u.refused))} //nolint:gosec // at most 1000
	for _, refusal := range u.refused[:min(len(u.refused), told)] {
		out.RefusedEntries = append(out.RefusedEntries, v1alpha1.RefusedEntry{
			Line: int32(refusal.Line), Entry: int32(refusal.Entry), Reason: Brief(refusal.Reason), //nolint:gosec // of a file of 1 MiB
		})
	}
	return out
}
