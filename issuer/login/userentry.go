package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// userEntry is one user as the file has them. Fields that are left out are claims that are not made.
type userEntry struct {
	Username     string `json:"username"`
	PasswordHash string `json:"passwordHash"`
	// Subject is what tokens know the user by, through a hash; the username in lower case when empty. Whoever is renamed
	// keeps their access if the former username is written here.
	Subject string `json:"subject"`
	// ID is what they are known by in place of both: of a person, where usernames pass from one to another.
	ID       string `json:"id"`
	Disabled bool   `json:"disabled"`

	// What follows is OpenID Connect Core section 5.1.
	Name                string       `json:"name"`
	GivenName           string       `json:"givenName"`
	FamilyName          string       `json:"familyName"`
	MiddleName          string       `json:"middleName"`
	Nickname            string       `json:"nickname"`
	PreferredUsername   string       `json:"preferredUsername"`
	Profile             string       `json:"profile"`
	Picture             string       `json:"picture"`
	Website             string       `json:"website"`
	Gender              string       `json:"gender"`
	Birthdate           string       `json:"birthdate"`
	Zoneinfo            string       `json:"zoneinfo"`
	Locale              string       `json:"locale"`
	UpdatedAt           time.Time    `json:"updatedAt"`
	Email               string       `json:"email"`
	EmailVerified       *bool        `json:"emailVerified"`
	PhoneNumber         string       `json:"phoneNumber"`
	PhoneNumberVerified *bool        `json:"phoneNumberVerified"`
	Address             addressEntry `json:"address"`

	Groups []string `json:"groups"`
	// Claims are further ones.
	Claims map[string]any `json:"claims"`
}

// addressEntry is OpenID Connect Core section 5.1.1.
type addressEntry struct {
	Formatted     string `json:"formatted"`
	StreetAddress string `json:"streetAddress"`
	Locality      string `json:"locality"`
	Region        string `json:"region"`
	PostalCode    string `json:"postalCode"`
	Country       string `json:"country"`
}

// maxOwnSubject bounds a fixed subject, in bytes.
const maxOwnSubject = 255

// user makes of the entry what requests need.
func (e *userEntry) user(provider string) (*user, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	hash, err := parseHash(e.PasswordHash)
	if err != nil {
		return nil, fmt.Errorf("passwordHash: %w", err)
	}
	subject := Subject(provider, e.own())
	identity := Identity{
		Provider: provider, Subject: subject, Username: e.Username,
		Claims: e.claims(), AMR: passwordAMR, Epoch: epochOf(subject, e.PasswordHash),
	}
	if text, err := json.Marshal(identity.Claims); err != nil || len(text) > maxClaims {
		return nil, fmt.Errorf("write claims and groups of at most %d bytes together", maxClaims)
	}
	return &user{identity, hash, e.Disabled, markOf(e.PasswordHash)}, nil
}

// own is what the provider calls the user. An id is no username and no subject, whatever it reads like: those have no
// control characters.
func (e *userEntry) own() string {
	switch {
	case e.ID != "":
		return "id\x00" + e.ID
	case e.Subject != "":
		return e.Subject
	default:
		return fold(e.Username)
	}
}

// ownID leaves out whatever two people could read as the same.
var ownID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$`)

func (e *userEntry) check() error {
	if err := checkUsername(e.Username); err != nil {
		return err
	}
	if err := e.checkSubject(); err != nil {
		return err
	}
	if err := e.checkID(); err != nil {
		return err
	}
	if slices.Contains(e.Groups, "") {
		return errors.New("groups: leave out the empty one")
	}
	for name, value := range e.Claims {
		if err := checkClaim(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (e *userEntry) checkSubject() error {
	if len(e.Subject) > maxOwnSubject || !printable(e.Subject) {
		return fmt.Errorf("subject: write at most %d bytes, in printable characters", maxOwnSubject)
	}
	return nil
}

func (e *userEntry) checkID() error {
	switch {
	case e.ID == "":
		return nil
	case !ownID.MatchString(e.ID):
		return errors.New("id: write at most 128 letters, digits and ._:@/-, with a letter or a digit first")
	case e.Subject != "":
		return errors.New("id: it stands in place of subject; write one of the two")
	default:
		return nil
	}
}

var claimName = regexp.MustCompile(`^[A-Za-z0-9_:/.#@-]{1,128}$`)

// checkClaim refuses what would change the meaning of a token, or of a claim that has a field of its own.
func checkClaim(name string, value any) error {
	switch {
	case !claimName.MatchString(name):
		return errors.New("claims: write names of letters, digits and _:/.#@- only, 128 at most")
	case protocolClaims[name]:
		return fmt.Errorf("claims: %s is said by the issuer alone; write another name", name)
	case standardClaims[name] != nil || name == groupsClaim:
		return fmt.Errorf("claims: %s has a field of the user's own; write it there, in camelCase", name)
	case value == nil:
		return errors.New("claims: one has no value; leave it out")
	}
	return nil
}

// claims are those of the entry that say something.
func (e *userEntry) claims() map[string]any {
	claims := map[string]any{}
	for name, text := range map[string]string{
		"name": e.Name, "given_name": e.GivenName, "family_name": e.FamilyName, "middle_name": e.MiddleName,
		"nickname": e.Nickname, "preferred_username": e.preferredUsername(), "profile": e.Profile, "picture": e.Picture,
		"website": e.Website, "gender": e.Gender, "birthdate": e.Birthdate, "zoneinfo": e.Zoneinfo, "locale": e.Locale,
		"email": e.Email, "phone_number": e.PhoneNumber,
	} {
		if text != "" {
			claims[name] = text
		}
	}
	for name, verified := range map[string]*bool{
		"email_verified": e.EmailVerified, "phone_number_verified": e.PhoneNumberVerified,
	} {
		if verified != nil {
			claims[name] = *verified
		}
	}
	if !e.UpdatedAt.IsZero() {
		claims["updated_at"] = e.UpdatedAt.Unix()
	}
	if address := e.Address.claim(); len(address) > 0 {
		claims["address"] = address
	}
	if len(e.Groups) > 0 {
		claims[groupsClaim] = e.Groups
	}
	maps.Copy(claims, e.Claims)
	return claims
}

func (e *userEntry) preferredUsername() string {
	if e.PreferredUsername != "" {
		return e.PreferredUsername
	}
	return e.Username
}

func (a addressEntry) claim() map[string]any {
	claim := map[string]any{}
	for name, text := range map[string]string{
		"formatted": a.Formatted, "street_address": a.StreetAddress, "locality": a.Locality, "region": a.Region,
		"postal_code": a.PostalCode, "country": a.Country,
	} {
		if text != "" {
			claim[name] = text
		}
	}
	return claim
}
