package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrDamaged is returned for what is no snapshot, or not as it was written.
var ErrDamaged = errors.New("snapshot: damaged")

// The kinds of records. The first record is an issuerRecord; the others come in any order.
const (
	issuerRecord       = 'I' // name: the TokenIssuer; version: what the watch had delivered
	configRecord       = 'C' // data: the configuration
	signingRecord      = 'S' // data: the signing ring
	usersRecord        = 'U' // name: a Secret; data: its users
	upstreamRecord     = 'P' // name: a Secret; data: the client secret in it
	registrationRecord = 'R' // name and version: a Secret's; data: the registration, empty if it cannot be read
	revocationRecord   = 'V' // name: a TokenRevocation; data: what it says
)

// Bounds of one record. An object of the API server's is smaller.
const (
	maxName = 1 << 10
	maxData = 4 << 20
)

// record is one thing that is known.
type record struct {
	kind    byte
	version uint64
	name    string
	data    []byte
}

// Before the name and the data of a record stand its kind, its version, and how long the two are.
const headSize = 1 + 8 + 2 + 4

// appendTo writes the record.
func (r *record) appendTo(out []byte) ([]byte, error) {
	if len(r.name) > maxName || len(r.data) > maxData {
		return out, fmt.Errorf("snapshot: %q of %d bytes is too large", r.name, len(r.data))
	}
	out = append(out, r.kind)
	out = binary.BigEndian.AppendUint64(out, r.version)
	out = binary.BigEndian.AppendUint16(out, uint16(len(r.name))) //nolint:gosec // see above
	out = binary.BigEndian.AppendUint32(out, uint32(len(r.data))) //nolint:gosec // see above
	return append(append(out, r.name...), r.data...), nil
}

// readRecord reads the next record, or returns io.EOF where there is none. Other errors are ErrDamaged, or those of in.
func readRecord(in io.Reader) (record, error) {
	var head [headSize]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return record{}, err
		}
		return record{}, cutOff(err)
	}
	r := record{kind: head[0], version: binary.BigEndian.Uint64(head[1:])}
	name, data := int(binary.BigEndian.Uint16(head[9:])), int(binary.BigEndian.Uint32(head[11:]))
	if name > maxName || data > maxData {
		return record{}, fmt.Errorf("%w: a record of %d and %d bytes", ErrDamaged, name, data)
	}
	text := make([]byte, name+data)
	if _, err := io.ReadFull(in, text); err != nil {
		return record{}, cutOff(err)
	}
	r.name, r.data = string(text[:name]), text[name:]
	return r, nil
}

// cutOff makes ErrDamaged of an end that comes too early.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: cut off", ErrDamaged)
	}
	return err
}
