package login

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// Bounds of a file of users.
const (
	maxUsers     = 1000
	maxUsersFile = 1 << 20 // what a Secret can hold
	maxClaims    = 8 << 10 // of one user, as JSON: they travel in tokens
)

// ParseUsers reads the users of provider from YAML. Unknown fields are refused. An error names the user and says what to
// write instead; it never quotes a value other than the username, since that may be what should be secret.
func ParseUsers(provider string, data []byte) (*Users, error) {
	written, err := readUsers(data)
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	users := &Users{byName: map[string]*user{}, bySubject: map[string]*user{}}
	hashes := make([]passwordHash, 0, len(written))
	for i, raw := range written {
		added, err := users.add(provider, raw)
		if err != nil {
			return nil, fmt.Errorf("users: %s: %w", nameUser(i, raw), err)
		}
		hashes = append(hashes, added.hash)
	}
	users.decoy = usualWork(hashes)
	users.memory = max(users.memory, users.decoy.memory())
	return users, nil
}

// readUsers takes the list apart, so that whatever is wrong with one user can be told with their name.
func readUsers(data []byte) ([]json.RawMessage, error) {
	if len(data) > maxUsersFile {
		return nil, fmt.Errorf("the file has %d bytes; write at most %d", len(data), maxUsersFile)
	}
	text, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, fmt.Errorf("the file is no YAML, or gives a key twice%s", lineOf(err))
	}
	var file struct {
		Users []json.RawMessage `json:"users"`
	}
	if err := decodeStrictly(text, &file); err != nil {
		return nil, fmt.Errorf("%w; write a list under the one key users", err)
	}
	if len(file.Users) > maxUsers {
		return nil, fmt.Errorf("the file has %d users; write at most %d, or use an OpenID Connect provider", len(file.Users), maxUsers)
	}
	return file.Users, nil
}

var yamlLine = regexp.MustCompile(`\bline [0-9]+\b`)

// lineOf is all that is told of an error about YAML: its text may quote the file.
func lineOf(err error) string {
	if line := yamlLine.FindString(err.Error()); line != "" {
		return ", near " + line
	}
	return ""
}

// unknownField finds what encoding/json does not know, if it looks like a name: a value in the wrong place does not.
var unknownField = regexp.MustCompile(`^json: unknown field ("[A-Za-z0-9_-]{1,40}")$`)

// decodeStrictly reads JSON into value, and tells what is wrong without quoting values.
func decodeStrictly(text []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(value)
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: write %s", either(wrong.Field, "the whole"), formOf(wrong.Type))
	}
	if _, ok := errors.AsType[*time.ParseError](err); ok {
		return errors.New("updatedAt: write a time like 2026-11-22T12:00:00Z")
	}
	if field := unknownField.FindStringSubmatch(err.Error()); field != nil {
		return fmt.Errorf("there is no field %s", field[1])
	}
	return errors.New("it is not of the form that this file has")
}

// formOf tells how a value of type t is written in YAML, which takes NO for false and 12345 for a number.
func formOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a mapping"
	default:
		return "a text, in quotes if it could be something else"
	}
}

// nameUser says whose entry is wrong: by username where there is one that people can read.
func nameUser(index int, raw json.RawMessage) string {
	var who struct {
		Username string `json:"username"`
	}
	_ = json.Unmarshal(raw, &who) // whatever else is wrong with the entry
	if checkUsername(who.Username) != nil {
		return fmt.Sprintf("entry %d", index+1)
	}
	return fmt.Sprintf("user %q", who.Username)
}

// add reads one entry, and takes it in if its name and its subject are free.
func (u *Users) add(provider string, raw json.RawMessage) (*user, error) {
	var entry userEntry
	if err := decodeStrictly(raw, &entry); err != nil {
		return nil, err
	}
	added, err := entry.user(provider)
	if err != nil {
		return nil, err
	}
	name := fold(entry.Username)
	if u.byName[name] != nil {
		return nil, errors.New("username: it is taken by an earlier entry; upper and lower case are the same")
	}
	if other := u.bySubject[added.identity.Subject]; other != nil && entry.ID != "" {
		return nil, fmt.Errorf("id: it is that of user %q; write one of their own, and never one of a former user", other.identity.Username)
	} else if other != nil {
		return nil, fmt.Errorf("subject: it is that of user %q; write one of their own, and never one of a former user", other.identity.Username)
	}
	u.byName[name], u.bySubject[added.identity.Subject] = added, added
	if needs := added.hash.memory(); needs > u.memory {
		u.memory, u.costliest = needs, entry.Username
	}
	return added, nil
}

func checkUsername(name string) error {
	switch {
	case name == "":
		return errors.New("username: write one")
	case utf8.RuneCountInString(name) > maxUsername:
		return fmt.Errorf("username: write at most %d characters", maxUsername)
	case !printable(name):
		return errors.New("username: write printable characters only")
	case strings.TrimSpace(name) != name:
		return errors.New("username: leave out the spaces around it")
	case strings.Contains(name, "$"):
		return errors.New("username: write one without $, or a hash in the wrong place would pass for one")
	}
	return nil
}
