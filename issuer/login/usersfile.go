package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// Bounds of a file of users.
const (
	maxUsers     = 1000
	maxUsersFile = 1 << 20 // what a Secret can hold
	maxClaims    = 8 << 10 // of one user, as JSON: they travel in tokens
)

// ParseUsers reads the users of provider from YAML. Unknown fields are refused.
//
// One entry that is wrong takes itself out and nothing else: see Refused. The error is for a file that cannot be read as a
// whole, since nobody could tell where its entries end, or that has too many. No error and no refusal names anybody or
// quotes a value, since that may be what should be secret.
func ParseUsers(provider string, data []byte) (*Users, error) {
	file, err := readUsers(data)
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	users := &Users{byName: map[string]*user{}, bySubject: map[string]*user{}, places: file.places}
	hashes := make([]passwordHash, 0, len(file.entries))
	for i, raw := range file.entries {
		added, err := users.add(provider, i, raw, file.doubled[i])
		if err != nil {
			users.refuse(provider, i, raw, err)
			continue
		}
		hashes = append(hashes, added.hash)
	}
	users.decoy = usualWork(hashes)
	users.memory = max(users.memory, users.decoy.memory())
	return users, nil
}

// usersFile is a file that was taken apart, so that whatever is wrong with one user stays theirs.
type usersFile struct {
	entries []json.RawMessage
	doubled map[int]*doubledKeyError // by entry: a key that it gives twice
	places  func() places
}

// readUsers takes the file apart.
func readUsers(data []byte) (*usersFile, error) {
	if len(data) > maxUsersFile {
		return nil, fmt.Errorf("the file has %d bytes; write at most %d", len(data), maxUsersFile)
	}
	file := &usersFile{places: sync.OnceValue(func() places { return placesIn(data) })}
	text, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		if text, file.doubled = withDoubledKeys(data, file.places()); file.doubled == nil {
			return nil, fmt.Errorf("the file is no YAML, or gives a key twice%s", lineOf(err))
		}
	}
	var content struct {
		Users []json.RawMessage `json:"users"`
	}
	if err := decodeStrictly(text, &content); err != nil {
		return nil, fmt.Errorf("%w; write a list under the one key users", err)
	}
	if len(content.Users) > maxUsers {
		return nil, fmt.Errorf("the file has %d users; write at most %d, or use an OpenID Connect provider", len(content.Users), maxUsers)
	}
	file.entries = content.Users
	return file, nil
}

// withDoubledKeys reads a file of which some entries give a key twice, and says which; none if that is not all that is wrong.
func withDoubledKeys(data []byte, stand places) ([]byte, map[int]*doubledKeyError) {
	text, err := yaml.YAMLToJSON(data)
	if err != nil || stand.doubledRoot() {
		return nil, nil
	}
	return text, stand.doubled()
}

var yamlLine = regexp.MustCompile(`\bline [0-9]+\b`)

// lineOf is all that is told of an error about YAML: its text may quote the file.
func lineOf(err error) string {
	if line := yamlLine.FindString(err.Error()); line != "" {
		return ", near " + line
	}
	return ""
}

// add reads one entry, and takes it in if its name and its subject are free.
func (u *Users) add(provider string, place int, raw json.RawMessage, doubled *doubledKeyError) (*user, error) {
	if doubled != nil {
		return nil, doubled
	}
	var entry userEntry
	if err := decodeStrictly(raw, &entry); err != nil {
		return nil, err
	}
	added, err := entry.user(provider)
	if err != nil {
		return nil, err
	}
	name, subject := fold(entry.Username), added.identity.Subject
	if err := u.taken(&entry, name, subject); err != nil {
		return nil, err
	}
	u.byName[name], u.bySubject[subject] = added, added
	if needs := added.hash.memory(); needs > u.memory {
		u.memory, u.costliest = needs, place
	}
	return added, nil
}

// taken refuses what an earlier entry has, also one that was left out.
func (u *Users) taken(entry *userEntry, name, subject string) error {
	if u.byName[name] != nil || u.doubts.hasName(name) {
		return errors.New("username: it is taken by an earlier entry; upper and lower case are the same")
	}
	if u.bySubject[subject] == nil && !u.doubts.hasSubject(subject) {
		return nil
	}
	field := "subject"
	if entry.ID != "" {
		field = "id"
	}
	return fmt.Errorf("%s: it is that of an earlier entry; write one of their own, and never one of a former user", field)
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
