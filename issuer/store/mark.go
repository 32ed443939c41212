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
	// Data is at most 4096 bytes; what is secret in it must be sealed.
	Data []byte
	// Expires is when the mark may be forgotten, and no longer counts.
	Expires time.Time
}

// Marks holds names for a while. Every implementation passes storetest.Marks and is safe for concurrent use. An error
// wraps ErrUnavailable when the store cannot be reached.
type Marks interface {
	// Put keeps mark until it expires, and returns it with its Revision. ErrExists if the name is taken, ErrFull if the
	// client, or all together, have too many.
	Put(ctx context.Context, mark Mark) (Mark, error)
	// Update replaces the mark if its Revision is still the stored one; else ErrConflict, or ErrNotFound.
	Update(ctx context.Context, mark Mark) (Mark, error)
	// Get returns the mark as the store itself has it, or ErrNotFound.
	Get(ctx context.Context, kind, name string) (Mark, error)
	// Delete forgets the mark. Deleting what is gone is no error.
	Delete(ctx context.Context, kind, name string) error
}

// Limits of marks: a client that fills its share must wait until some expire.
const (
	MaxMarksOfClient = 1000
	MaxMarks         = 50000
	MaxMarkData      = 4096
)
