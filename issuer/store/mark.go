package store

import (
	"context"
	"time"
)

// Mark is a name that is taken for a while, and a little that is known of it. All times are in UTC, to the second.
type Mark struct {
	// Name is what is marked, in any characters; a store keeps only a hash of it.
	Name string
	// Revision is the version that was read; empty for a mark that is to be put.
	Revision string
	// Kind says what for, such as "device" or "jti": names of different kinds do not collide.
	Kind string
	// ClientID is whose mark it is; so many may be kept of each client, and no more in total.
	ClientID string
	// Source stands for the stranger whom the mark is made for, such as a network; empty where somebody has shown a secret.
	// So many may be kept of each. What a stranger made and nobody has opened makes way where there is no room.
	Source string
	// Subject is the person whom the mark is of, and who has logged in; empty for any other. So many may be kept of each, and
	// of all of them, and they make way for one another alone.
	Subject string
	// OpenedAt is when a person first looked at what is marked; zero until then.
	OpenedAt time.Time
	// Data is at most MaxMarkData bytes, of a person's mark MaxPersonData; what is secret in it must be sealed.
	Data []byte
	// Expires is when the mark may be forgotten, and no longer counts.
	Expires time.Time
	// Evicted is how many marks made way for this one, in what Put returns; nothing of it is kept.
	Evicted int
}

// MayMakeWay tells whether the mark goes where room is needed: whatever else a stranger fills, it is not what somebody who
// has proved who they are relies on. A person's goes for another of persons.
func (m *Mark) MayMakeWay() bool { return m.Subject != "" || m.Source != "" && m.OpenedAt.IsZero() }

// Fits tells whether its data is within the bound.
func (m *Mark) Fits() bool {
	if m.Subject != "" {
		return len(m.Data) <= MaxPersonData
	}
	return len(m.Data) <= MaxMarkData
}

// Marks holds names for a while. Every implementation passes storetest.Marks and is safe for concurrent use. An error
// wraps ErrUnavailable when the store cannot be reached.
type Marks interface {
	// Put keeps mark until it expires, and returns it with its Revision. ErrExists if the name is taken. Where the source,
	// the client, or all together, have too many, marks that may make way do: of a full source its own; of a full client those
	// of whichever source has most of them; of a full store those of whichever client has most. Of a person who has too many
	// their own do; where all persons have, those of whoever has most. What expires first goes first. ErrFull if there is none,
	// and for data that does not fit.
	Put(ctx context.Context, mark Mark) (Mark, error)
	// Update replaces the mark if its Revision is still the stored one; else ErrConflict, or ErrNotFound.
	Update(ctx context.Context, mark Mark) (Mark, error)
	// Get returns the mark as the store itself has it, or ErrNotFound.
	Get(ctx context.Context, kind, name string) (Mark, error)
	// Delete forgets the mark. Deleting what is gone is no error.
	Delete(ctx context.Context, kind, name string) error
}

// Limits of marks: a client that fills its share with what may not make way must wait until some expire.
const (
	// MaxMarksOfSource is how many of a stranger wait at a time, at whatever clients: an office that shares an address has
	// that many devices before the first of them is looked at.
	MaxMarksOfSource = 64
	MaxMarksOfClient = 1000
	MaxMarks         = 50000
	MaxMarkData      = 5 << 10
	// MaxMarksOfPerson is how many are kept of one person: browsers that they are logged in with, and codes on their way.
	MaxMarksOfPerson = 16
	// MaxMarksOfPersons is how many are kept of all persons. They take nothing from MaxMarks.
	MaxMarksOfPersons = 50000
	MaxPersonData     = 16 << 10
)
