package snapshot

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
	"tokenwright.dev/issuer/store"
)

// State is what a snapshot holds.
type State struct {
	// Issuer is the TokenIssuer, as namespace/name.
	Issuer string
	// Registry is all that the registry knows.
	Registry registry.State
	// Revocations are those that have not expired, by name.
	Revocations map[string]store.Revocation
}

// Encode writes s, one record at a time.
func Encode(w io.Writer, s *State) error {
	e := encoder{to: w}
	e.put(record{kind: issuerRecord, name: s.Issuer, version: s.Registry.Seen})
	if s.Registry.Config != nil {
		data, err := registration.EncodeConfig(*s.Registry.Config)
		e.putData(record{kind: configRecord}, data, err)
	}
	if len(s.Registry.Signing) > 0 {
		e.put(record{kind: signingRecord, data: s.Registry.Signing})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Registry.Users)) {
		e.put(record{kind: usersRecord, name: name, data: s.Registry.Users[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Registry.UpstreamSecrets)) {
		e.put(record{kind: upstreamRecord, name: name, data: []byte(s.Registry.UpstreamSecrets[name])})
	}
	for i := range s.Registry.Registrations {
		e.putRegistration(&s.Registry.Registrations[i])
	}
	for name, revocation := range s.Revocations {
		data, err := json.Marshal(revocationOf(revocation))
		e.putData(record{kind: revocationRecord, name: name}, data, err)
	}
	return e.err
}

// encoder writes records until something fails.
type encoder struct {
	to   io.Writer
	room []byte
	err  error
}

func (e *encoder) put(r record) {
	if e.err != nil {
		return
	}
	if e.room, e.err = r.appendTo(e.room[:0]); e.err == nil {
		_, e.err = e.to.Write(e.room)
	}
}

func (e *encoder) putData(r record, data []byte, err error) {
	if r.data = data; err != nil {
		e.err = errors.Join(e.err, err)
	}
	e.put(r)
}

func (e *encoder) putRegistration(u *registry.Update) {
	r := record{kind: registrationRecord, name: u.Name, version: u.Version}
	if u.Client == nil {
		e.put(r)
		return
	}
	data, err := registration.Encode(u.Client.Registration())
	e.putData(r, data, err)
}

// Decode reads what Encode wrote. The error is ErrDamaged, or one of r's.
func Decode(r io.Reader) (*State, error) {
	in := bufio.NewReader(r)
	first, err := readRecord(in)
	if err != nil {
		return nil, cutOff(err)
	}
	if first.kind != issuerRecord {
		return nil, fmt.Errorf("%w: it begins with a record %q", ErrDamaged, first.kind)
	}
	s := &State{Issuer: first.name, Revocations: map[string]store.Revocation{}}
	s.Registry.Seen = first.version
	s.Registry.Users, s.Registry.UpstreamSecrets = map[string][]byte{}, map[string]string{}
	for {
		next, err := readRecord(in)
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err == nil {
			err = s.take(&next)
		}
		if err != nil {
			return nil, err
		}
	}
}

// take puts one record into its place.
func (s *State) take(r *record) error {
	var err error
	switch r.kind {
	case configRecord:
		var config registration.IssuerConfig
		config, err = registration.DecodeConfig(r.data)
		s.Registry.Config = &config
	case signingRecord:
		s.Registry.Signing = r.data
	case usersRecord:
		s.Registry.Users[r.name] = r.data
	case upstreamRecord:
		s.Registry.UpstreamSecrets[r.name] = string(r.data)
	case registrationRecord:
		err = s.takeRegistration(r)
	case revocationRecord:
		var said revocation
		err = json.Unmarshal(r.data, &said)
		s.Revocations[r.name] = said.read()
	default:
		err = fmt.Errorf("a record %q", r.kind)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

func (s *State) takeRegistration(r *record) error {
	u := registry.Update{Name: r.name, Version: r.version}
	if len(r.data) > 0 {
		decoded, err := registration.Decode(r.data)
		if err != nil {
			return err
		}
		u.Client = policy.NewClient(decoded)
	}
	s.Registry.Registrations = append(s.Registry.Registrations, u)
	return nil
}

// revocation is the wire form of a store.Revocation. Times are in seconds since 1970.
type revocation struct {
	TokenID      string `json:"tokenID,omitempty"`
	SessionID    string `json:"sessionID,omitempty"`
	ClientID     string `json:"clientID,omitempty"`
	Subject      string `json:"subject,omitempty"`
	Provider     string `json:"provider,omitempty"`
	Username     string `json:"username,omitempty"`
	IssuedBefore int64  `json:"issuedBefore"`
	Expires      int64  `json:"expires"`
}

func revocationOf(r store.Revocation) revocation {
	return revocation{
		r.TokenID, r.SessionID, r.ClientID, r.Subject, r.User.Provider, r.User.Username, r.IssuedBefore.Unix(), r.Expires.Unix(),
	}
}

func (r revocation) read() store.Revocation {
	return store.Revocation{
		TokenID: r.TokenID, SessionID: r.SessionID, ClientID: r.ClientID, Subject: r.Subject,
		User:         store.User{Provider: r.Provider, Username: r.Username},
		IssuedBefore: time.Unix(r.IssuedBefore, 0).UTC(), Expires: time.Unix(r.Expires, 0).UTC(),
	}
}
