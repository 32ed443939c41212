package login

import "time"

// Names of fields in the forms of pages, and the values of FieldDecision.
const (
	FieldFlow     = "flow"     // the sealed flow
	FieldToken    = "token"    // of SealForm
	FieldProvider = "provider" // which identity provider; none for the choice of one
	FieldUsername = "username"
	FieldPassword = "password"
	FieldDecision = "decision"
	FieldGrant    = "grant" // the ID of a grant
	FieldPage     = "page"  // of an account, from 1

	DecisionAllow  = "allow"
	DecisionDeny   = "deny"
	DecisionSwitch = "switch" // log in as somebody else
)

// ClientView is what people are shown of a client. Its name is its owner's word; the ID is ours.
type ClientView struct{ ID, Name string }

// Shown is the client's name, or its ID if it has none.
func (c ClientView) Shown() string { return either(c.Name, c.ID) }

// ProviderView is one identity provider to choose.
type ProviderView struct {
	Name, DisplayName string
	// Closed says that nobody can log in by it at present.
	Closed bool
}

// Shown is what the provider calls itself.
func (p ProviderView) Shown() string { return either(p.DisplayName, p.Name) }

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// ProviderPage lets people choose how to log in. Its form brings FieldFlow and FieldProvider, by GET: a choice changes
// nothing, and people may come back to it.
type ProviderPage struct {
	Action    string // where the form goes
	Flow      string // as SealFlow made it
	Client    string // the client's name; empty if the login is for ourselves
	Providers []ProviderView
}

// ClosedPage says that nobody can log in at present. Its first form brings FieldFlow and, where a provider was chosen,
// FieldProvider, by GET, to try again; the second leads back to the choice.
type ClosedPage struct {
	Action, Flow string
	Provider     ProviderView // empty where none was chosen
	Others       bool         // there are other identity providers
}

// LoginPage asks for username and password. Its form brings FieldFlow, FieldProvider, FieldUsername and FieldPassword.
type LoginPage struct {
	Action, Flow string
	Client       string // the client's name; empty if the login is for ourselves
	Provider     ProviderView
	// Others says that there are other identity providers: a second form, by GET and without FieldProvider, leads back
	// to the choice.
	Others bool
	// Username fills in the field: a login_hint, or what was typed before.
	Username string
	// Again says that somebody is logged in already.
	Again bool

	// WrongPassword, Busy, Away and Wait say why the last attempt failed. Away says that trying again will not help. Wait says
	// when the next attempt may be made, and Account that there were too many at this account, anywhere.
	WrongPassword, Busy, Away bool
	Wait                      time.Duration
	Account                   bool
}

// Problem tells people why the last attempt failed.
func (l LoginPage) Problem() string {
	switch {
	case l.Wait > 0 && l.Account:
		return "Too many attempts at this account. Please wait " + period(l.Wait) + ", then try again; or use a browser in which you " +
			"have logged in before."
	case l.Wait > 0:
		return "Too many attempts. Please wait " + period(l.Wait) + ", then try again."
	case l.Busy:
		return "Many people are logging in right now. Please try again."
	case l.Away:
		return "Passwords cannot be checked right now. Please tell whoever looks after this site."
	case l.WrongPassword:
		return "The username or the password is wrong. Please try again."
	default:
		return ""
	}
}

// ConsentPage asks whether a client may do what it asks for. Its forms bring FieldFlow, FieldToken and FieldDecision.
type ConsentPage struct {
	Action, Flow string
	Token        string // of SealForm, for PurposeConsent
	Client       ClientView
	Username     string
	Scopes       []ScopeView
	Claims       []string // asked for one by one, beyond what the scopes release
	Resources    []string
	// ReturnsTo is the origin of the redirect URI: what a client that only borrows a name cannot choose.
	ReturnsTo string
	// AtMost is the longest life of the grant. Offline says that it outlives the login session.
	AtMost  time.Duration
	Offline bool
}

// HowLong tells people when the grant ends.
func (c ConsentPage) HowLong() string {
	if c.Offline {
		return "Until you remove it, at most " + period(c.AtMost) + "; also while you are not there."
	}
	return "Until your login ends, you log out or remove it, at most " + period(c.AtMost) + "."
}

// AccountPage is one page of "my access": what people have allowed. Its forms bring FieldToken, and FieldGrant with FieldPage
// to revoke; its links bring FieldPage.
type AccountPage struct {
	RevokeAction, RevokeToken string // of SealForm, for PurposeRevoke
	LogoutAction, LogoutToken string // of SealForm, for PurposeLogout
	Username                  string
	Notice                    string // what has just been done
	Grants                    []GrantView
	Page, Pages               int // this one, from 1, and how many there are
}

// Newer is the number of the page before this one, 0 if there is none.
func (a AccountPage) Newer() int { return a.Page - 1 }

// Older is the number of the page after this one, 0 if there is none.
func (a AccountPage) Older() int {
	if a.Page >= a.Pages {
		return 0
	}
	return a.Page + 1
}

// GrantView is one grant as its resource owner sees it.
type GrantView struct {
	ID                     string
	Client                 ClientView
	Scopes                 []ScopeView
	Resources              []string
	Since, LastUsed, Until time.Time // LastUsed may be zero
	ByPlatform             bool      // whose it is was not asked
}

// SignedOutPage says that the session has ended.
type SignedOutPage struct {
	Login string // where to log in again; empty for nowhere
}
