package grant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
)

// ParkedMark is the kind of the marks that hold what is parked.
const ParkedMark = "parked"

var (
	// ErrLost says that what was parked is gone before its time: it made way for something newer of the same person, or
	// somebody deleted it.
	ErrLost = errors.New("what the resource owner brought is kept no longer")
	// ErrTooMuch says that there is more than can be parked.
	ErrTooMuch = errors.New("there is more than can be kept")
)

// Parking keeps for a while what somebody who has logged in brought along and what fits neither their cookie nor a code:
// answers pass gateways that allow a header 4 KiB. It is sealed there, too, and nobody's who has not logged in.
type Parking struct {
	Marks  store.Marks
	Sealer *seal.Sealer
}

// Parked is what is kept; nothing of it but Subject is always there.
type Parked struct {
	// Subject is the person whose it is.
	Subject string `json:"sub"`
	// Claims are what an identity provider elsewhere says of them, Lease is what to ask after them by.
	Claims map[string]any `json:"claims,omitempty"`
	Lease  *login.Lease   `json:"lease,omitempty"`
	// Rest is what of a code did not fit into it.
	Rest []byte `json:"rest,omitempty"`
}

// Put keeps parked under a name that nobody guesses, and tells how much of the same person's made way for it. The error is
// ErrTooMuch, or one of the store's.
func (p Parking) Put(ctx context.Context, name string, parked Parked, until, now time.Time) (int, error) {
	plain, err := json.Marshal(parked)
	if err != nil {
		return 0, fmt.Errorf("encode what is parked: %w", err)
	}
	sealed, err := p.Sealer.Seal(seal.Parked, plain, now)
	if err != nil {
		return 0, fmt.Errorf("seal what is parked: %w", err)
	}
	mark := store.Mark{
		Kind: ParkedMark, Name: name, Subject: parked.Subject, Data: []byte(sealed), Expires: until.UTC().Truncate(time.Second),
	}
	if !mark.Fits() {
		return 0, ErrTooMuch
	}
	kept, err := p.Marks.Put(ctx, mark)
	return kept.Evicted, err
}

// Get is what is parked under a name for a person. The error is ErrLost where there is none, else one of the store's.
func (p Parking) Get(ctx context.Context, name, subject string) (Parked, error) {
	mark, err := p.Marks.Get(ctx, ParkedMark, name)
	if errors.Is(err, store.ErrNotFound) {
		return Parked{}, ErrLost
	}
	if err != nil {
		return Parked{}, err
	}
	var parked Parked
	plain, err := p.Sealer.Open(seal.Parked, string(mark.Data))
	if err != nil || json.Unmarshal(plain, &parked) != nil || parked.Subject != subject {
		return Parked{}, ErrLost // its key is gone, or it was tampered with
	}
	return parked, nil
}

// Drop forgets what is parked under a name. What cannot be forgotten now expires.
func (p Parking) Drop(ctx context.Context, name string) {
	_ = p.Marks.Delete(ctx, ParkedMark, name)
}

// Places are the names under which the claims and the lease of a login are parked; empty where they are not.
type Places struct {
	Claims string `json:"claims,omitempty"`
	Lease  string `json:"lease,omitempty"`
}

// fetch puts into data what is parked in other places. The lease was asked by when the person logged in.
func (p Parking) fetch(ctx context.Context, from Places, subject string, asked int64, data *Data) error {
	found := map[string]Parked{}
	for _, name := range []string{from.Claims, from.Lease} {
		if _, known := found[name]; known || name == "" {
			continue
		}
		parked, err := p.Get(ctx, name, subject)
		if err != nil {
			return err
		}
		found[name] = parked
	}
	if from.Claims != "" {
		data.Claims = found[from.Claims].Claims
	}
	if lease := found[from.Lease].Lease; from.Lease != "" && lease != nil {
		data.Upstream = &Upstream{Lease: *lease, Asked: asked}
	}
	return nil
}
