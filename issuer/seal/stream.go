package seal

import (
	"bufio"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// A stream seals what is too large for one value: chunks of one size, each under a nonce that begins as all others of the
// stream and ends with the chunk's number and whether it is the last. So no chunk can be changed, moved or left out, and a
// stream that was cut off is none (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
const (
	chunkSize  = 64 << 10
	prefixSize = nonceSize - 5
)

var errTooLong = errors.New("seal: the stream is too long")

// stream counts the chunks of one stream.
type stream struct {
	aead  cipher.AEAD
	extra []byte
	nonce [nonceSize]byte
	count uint64
}

// next makes the nonce of the next chunk.
func (s *stream) next(last bool) ([]byte, error) {
	if s.count > math.MaxUint32 {
		return nil, errTooLong
	}
	binary.BigEndian.PutUint32(s.nonce[prefixSize:], uint32(s.count))
	s.nonce[nonceSize-1] = 0
	if last {
		s.nonce[nonceSize-1] = 1
	}
	s.count++
	return s.nonce[:], nil
}

// Writer seals what is written to it.
type Writer struct {
	stream

	to    io.Writer
	plain []byte
	box   []byte // memory for a sealed chunk
	err   error
}

// NewWriter makes a Writer that writes a stream of kind to w, under the key that is due at now. It fails with keys.ErrNoKey
// where there is none. Nobody can open what was not closed.
func (s *Sealer) NewWriter(w io.Writer, kind Kind, now time.Time) (*Writer, error) {
	k, err := s.due(now)
	if err != nil {
		return nil, err
	}
	out := &Writer{
		stream: stream{aead: k.aead[kind], extra: s.extra[kind]}, to: w,
		plain: make([]byte, 0, chunkSize), box: make([]byte, 0, chunkSize+chacha20poly1305.Overhead),
	}
	_, _ = rand.Read(out.nonce[:prefixSize]) // never fails
	if _, err := w.Write(k.hint[:]); err != nil {
		return nil, err
	}
	_, err = w.Write(out.nonce[:prefixSize])
	return out, err
}

// Write seals p. A full chunk waits for what follows it, since the last one is marked.
func (w *Writer) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 && w.err == nil {
		if len(w.plain) == chunkSize {
			w.flush(false)
			continue
		}
		n := min(len(p), chunkSize-len(w.plain))
		w.plain = append(w.plain, p[:n]...)
		p, written = p[n:], written+n
	}
	return written, w.err
}

// Close ends the stream, not what it is written to.
func (w *Writer) Close() error {
	if w.err == nil {
		w.flush(true)
	}
	return w.err
}

func (w *Writer) flush(last bool) {
	nonce, err := w.next(last)
	if err == nil {
		_, err = w.to.Write(w.aead.Seal(w.box[:0], nonce, w.plain, w.extra))
	}
	w.plain, w.err = w.plain[:0], err
}

// Reader opens what a Writer sealed.
type Reader struct {
	stream

	from  *bufio.Reader
	keys  []cipher.AEAD // that the first chunk may be sealed under
	box   []byte        // memory for a sealed chunk
	room  []byte        // memory for an open one
	plain []byte        // what is open and not read yet
	err   error
}

// NewReader makes a Reader of a stream of kind. It fails with ErrSealed where the stream is under no key of the ring. The
// Reader fails with ErrSealed at a chunk that is not as it was sealed, or where the stream was cut off.
func (s *Sealer) NewReader(r io.Reader, kind Kind) (*Reader, error) {
	out := &Reader{
		stream: stream{extra: s.extra[kind]},
		from:   bufio.NewReaderSize(r, chunkSize),
		box:    make([]byte, chunkSize+chacha20poly1305.Overhead), room: make([]byte, 0, chunkSize),
	}
	var head [hintSize + prefixSize]byte
	if _, err := io.ReadFull(out.from, head[:]); err != nil {
		return nil, sealedOr(err)
	}
	copy(out.nonce[:], head[hintSize:])
	for i := range s.keys {
		if s.keys[i].hint == [hintSize]byte(head[:]) {
			out.keys = append(out.keys, s.keys[i].aead[kind])
		}
	}
	if len(out.keys) == 0 {
		return nil, ErrSealed
	}
	return out, nil
}

// Read reads what was sealed. It returns nothing of a chunk that does not open.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.plain) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.fill()
	}
	n := copy(p, r.plain)
	r.plain = r.plain[n:]
	return n, nil
}

// fill opens the next chunk. The last one is that after which nothing comes.
func (r *Reader) fill() {
	n, err := io.ReadFull(r.from, r.box)
	last := errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !last {
		r.err = sealedOr(err)
		return
	}
	if !last {
		_, err := r.from.Peek(1)
		last = errors.Is(err, io.EOF)
	}
	if r.plain, err = r.open(r.box[:n], last); err == nil && last {
		err = io.EOF
	}
	r.err = err
}

// open opens one chunk. The first one tells which of several keys with one hint it is.
func (r *Reader) open(box []byte, last bool) ([]byte, error) {
	nonce, err := r.next(last)
	if err != nil {
		return nil, err
	}
	for _, key := range r.keys {
		if plain, err := key.Open(r.room, nonce, box, r.extra); err == nil {
			r.keys = []cipher.AEAD{key}
			return plain, nil
		}
	}
	return nil, ErrSealed
}

// sealedOr makes ErrSealed of an end that comes too early.
func sealedOr(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrSealed
	}
	return err
}
