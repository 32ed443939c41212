package main

import (
	"os"
	"slices"
	"sync"
	"time"
)

// recheck is how often files are looked at, when somebody wants what is in them.
const recheck = time.Second

// reloaded is what was read from files that may be replaced while it is in use. It is safe for concurrent use.
type reloaded[T any] struct {
	files []string
	read  func() (T, error)

	mu      sync.Mutex
	checked time.Time
	seen    []os.FileInfo // of files, when they were read; nil before
	current T
}

// get is what the files hold, read anew if they have changed. Files that cannot be read leave the last good content in
// use: half of a replacement may be there already. The error says that there never was any.
func (r *reloaded[T]) get(now time.Time) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if r.seen == nil || now.Sub(r.checked) >= recheck {
		r.checked = now
		err = r.load()
	}
	if r.seen != nil {
		err = nil
	}
	return r.current, err
}

// again is get for somebody whom the content has just failed: the files are looked at whenever that was done last.
func (r *reloaded[T]) again(now time.Time) (T, error) {
	r.mu.Lock()
	r.checked = time.Time{}
	r.mu.Unlock()
	return r.get(now)
}

func (r *reloaded[T]) load() error {
	// What is seen is older than what is read: a replacement in between is noticed the next time.
	seen := make([]os.FileInfo, len(r.files))
	for i, file := range r.files {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		seen[i] = info
	}
	if r.seen != nil && slices.EqualFunc(seen, r.seen, same) {
		return nil
	}
	content, err := r.read()
	if err != nil {
		return err
	}
	r.current, r.seen = content, seen
	return nil
}

// same tells whether a file is neither changed nor replaced. The time alone does not tell: it moves in steps.
func same(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
