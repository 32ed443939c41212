package snapshot

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/seal"
)

const (
	fileName = "snapshot"
	tempName = "snapshot.new"
	// magic begins the file, and its last letter is the version. The issuer's URL follows, which the keys depend on, and then
	// what is sealed.
	magic   = "tokenwright snapshot 1"
	maxURL  = 4 << 10
	ownOnly = 0o600
)

// Errors beside ErrDamaged that a file is not opened for.
var (
	// ErrVersion is returned for another version than the one that this package writes.
	ErrVersion = errors.New("snapshot: of another version")
	// ErrLocked is returned where no key of the ring is the one that the file is sealed under.
	ErrLocked = errors.New("snapshot: sealed under a key that is not in the ring")
)

// file is the snapshot in a folder of the issuer's own. What it tells is true of the time when it was changed last.
type file struct{ dir string }

// write replaces the snapshot by s, which is true at the time of. Whatever happens meanwhile, the former snapshot stays until
// the new one is whole.
func (f file) write(s *State, ring keys.Ring, of, now time.Time) error {
	temp := filepath.Join(f.dir, tempName)
	if err := remove(temp); err != nil { // what a process left that was killed
		return err
	}
	out, err := os.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_EXCL, ownOnly)
	if err != nil {
		return err
	}
	err = errors.Join(fill(out, s, ring, now), out.Sync(), out.Close())
	if err == nil {
		err = os.Chtimes(temp, of, of)
	}
	if err == nil {
		err = os.Rename(temp, filepath.Join(f.dir, fileName))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return f.sync()
}

// sync lets the name of a new file outlast a crash of the machine.
func (f file) sync() error {
	dir, err := os.Open(f.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// fill writes all of a file.
func fill(w io.Writer, s *State, ring keys.Ring, now time.Time) error {
	url := s.Registry.Config.URL
	sealer, err := seal.New(ring, url)
	if err != nil {
		return err
	}
	if len(url) > maxURL {
		return errors.New("snapshot: the issuer's URL is too long")
	}
	head := binary.BigEndian.AppendUint16([]byte(magic), uint16(len(url))) //nolint:gosec // see above
	if _, err := w.Write(append(head, url...)); err != nil {
		return err
	}
	sealed, err := sealer.NewWriter(polite{w}, seal.Snapshot, now)
	if err != nil {
		return err
	}
	return errors.Join(Encode(sealed, s), sealed.Close())
}

// polite lets requests go first after each chunk, where processors are few.
type polite struct{ io.Writer }

// Write writes a chunk.
func (p polite) Write(chunk []byte) (int, error) {
	runtime.Gosched()
	return p.Writer.Write(chunk)
}

// touch says that the snapshot is still true at the time of.
func (f file) touch(of time.Time) error { return os.Chtimes(filepath.Join(f.dir, fileName), of, of) }

// remove removes the snapshot, if there is one.
func (f file) remove() error { return remove(filepath.Join(f.dir, fileName)) }

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// open finds the snapshot and tells what time it is true of. It reads nothing yet.
func (f file) open() (*os.File, time.Time, error) {
	in, err := os.Open(filepath.Join(f.dir, fileName))
	if err != nil {
		return nil, time.Time{}, err
	}
	info, err := in.Stat()
	if err != nil {
		return nil, time.Time{}, errors.Join(err, in.Close())
	}
	return in, info.ModTime(), nil
}

// read reads all of a file. The error is ErrDamaged, ErrVersion, ErrLocked, or one of r's.
func read(r io.Reader, ring keys.Ring) (*State, error) {
	in := bufio.NewReader(r)
	url, err := readHead(in)
	if err != nil {
		return nil, err
	}
	sealer, err := seal.New(ring, url)
	if err != nil {
		return nil, err
	}
	opened, err := sealer.NewReader(in, seal.Snapshot)
	if errors.Is(err, seal.ErrSealed) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, err
	}
	s, err := Decode(opened)
	if errors.Is(err, seal.ErrSealed) {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return s, err
}

// readHead reads what is not sealed: the version and the issuer's URL.
func readHead(in io.Reader) (url string, err error) {
	var head [len(magic) + 2]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return "", cutOff(err)
	}
	last := len(magic) - 1
	switch {
	case string(head[:last]) != magic[:last]:
		return "", ErrDamaged
	case head[last] != magic[last]:
		return "", fmt.Errorf("%w %q", ErrVersion, head[last])
	}
	size := binary.BigEndian.Uint16(head[len(magic):])
	if size > maxURL {
		return "", ErrDamaged
	}
	text := make([]byte, size)
	_, err = io.ReadFull(in, text)
	return string(text), cutOff(err)
}
