package seal_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/seal"
)

// Sizes of a stream, as it is written: what tells the key and begins each nonce, then the chunks.
const (
	head  = 4 + 19
	chunk = 64<<10 + 16
)

// text makes plain text in which no two chunks are the same.
func text(size int) []byte {
	out := make([]byte, size)
	for i := range out {
		out[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return out
}

func sealStream(tb testing.TB, s *seal.Sealer, plain []byte) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := s.NewWriter(&out, seal.Snapshot, noon)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func openStream(s *seal.Sealer, kind seal.Kind, sealed []byte) ([]byte, error) {
	r, err := s.NewReader(bytes.NewReader(sealed), kind)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestStream(t *testing.T) {
	s := sealer(t, ring(t, life{from: noon.Add(-time.Hour)}), issuer)
	const full = 64 << 10
	for _, size := range []int{0, 1, full - 1, full, full + 1, 2 * full, 3*full + 7} {
		plain := text(size)
		sealed := sealStream(t, s, plain)
		if got, err := openStream(s, seal.Snapshot, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
		chunks := max(1, (size+full-1)/full)
		if want := head + size + 16*chunks; len(sealed) != want {
			t.Errorf("%d bytes became %d, want %d", size, len(sealed), want)
		}
	}
}

// What another writer makes of small pieces is the same.
func TestStreamInPieces(t *testing.T) {
	s := sealer(t, ring(t, life{from: noon.Add(-time.Hour)}), issuer)
	plain := text(200_000)
	var out bytes.Buffer
	w, err := s.NewWriter(&out, seal.Snapshot, noon)
	if err != nil {
		t.Fatal(err)
	}
	for rest := plain; len(rest) > 0; rest = rest[min(777, len(rest)):] {
		if _, err := w.Write(rest[:min(777, len(rest))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := openStream(s, seal.Snapshot, out.Bytes()); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
}

func TestStreamRefuses(t *testing.T) {
	keyRing := ring(t, life{from: noon.Add(-time.Hour)})
	s := sealer(t, keyRing, issuer)
	good := sealStream(t, s, text(3*64<<10))
	other := sealStream(t, s, text(3*64<<10))
	change := func(at int) []byte {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		return bad
	}
	for name, tc := range map[string]struct {
		sealer *seal.Sealer
		kind   seal.Kind
		sealed []byte
	}{
		"nothing":               {s, seal.Snapshot, nil},
		"the head alone":        {s, seal.Snapshot, good[:head]},
		"cut within a chunk":    {s, seal.Snapshot, good[:head+chunk+100]},
		"cut after a chunk":     {s, seal.Snapshot, good[:head+2*chunk]},
		"one byte short":        {s, seal.Snapshot, good[:len(good)-1]},
		"one byte more":         {s, seal.Snapshot, append(bytes.Clone(good), 0)},
		"the key's hint":        {s, seal.Snapshot, change(0)},
		"the nonce":             {s, seal.Snapshot, change(4)},
		"the first chunk":       {s, seal.Snapshot, change(head)},
		"the last chunk":        {s, seal.Snapshot, change(len(good) - 1)},
		"chunks swapped":        {s, seal.Snapshot, join(good[:head], good[head+chunk:head+2*chunk], good[head:head+chunk], good[head+2*chunk:])},
		"a chunk left out":      {s, seal.Snapshot, join(good[:head], good[head+chunk:])},
		"a chunk twice":         {s, seal.Snapshot, join(good[:head+chunk], good[head:])},
		"the last chunk alone":  {s, seal.Snapshot, join(good[:head], good[head+2*chunk:])},
		"a chunk of another":    {s, seal.Snapshot, join(good[:head+chunk], other[head+chunk:])},
		"another kind":          {s, seal.GrantData, good},
		"another issuer":        {sealer(t, keyRing, issuer+"/t1"), seal.Snapshot, good},
		"RT-24 another ring":    {sealer(t, ring(t, life{from: noon.Add(-time.Hour)}), issuer), seal.Snapshot, good},
		"a sealed value, moved": {s, seal.Snapshot, []byte(sealed(t, s, seal.Snapshot, "plain", noon))},
	} {
		t.Run(name, func(t *testing.T) {
			if plain, err := openStream(tc.sealer, tc.kind, tc.sealed); !errors.Is(err, seal.ErrSealed) {
				t.Errorf("%d bytes, %v", len(plain), err)
			}
		})
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// A ring without a key that is due seals nothing, and what a key sealed opens after its time.
func TestStreamOverRotation(t *testing.T) {
	if _, err := sealer(t, keys.Ring{}, issuer).NewWriter(io.Discard, seal.Snapshot, noon); !errors.Is(err, keys.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	both := ring(t, life{noon.Add(-2 * time.Hour), noon.Add(time.Hour)}, life{from: noon.Add(time.Hour)})
	sealed := sealStream(t, sealer(t, keys.Ring{Keys: both.Keys[:1]}, issuer), text(100))
	if _, err := openStream(sealer(t, both, issuer), seal.Snapshot, sealed); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
}

var errDisk = errors.New("no space left on device")

// full takes so many bytes and no more.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

// Whoever is written to, and cannot take it, is heard of at the latest at the end.
func TestStreamToAFullDisk(t *testing.T) {
	s := sealer(t, ring(t, life{from: noon.Add(-time.Hour)}), issuer)
	for _, room := range []int{0, 10, head, head + chunk} {
		w, err := s.NewWriter(&full{room}, seal.Snapshot, noon)
		if err == nil {
			_, _ = w.Write(text(2 * 64 << 10))
			err = w.Close()
		}
		if !errors.Is(err, errDisk) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}

// FuzzNewReader holds one law: what was not sealed never opens.
func FuzzNewReader(f *testing.F) {
	s := sealer(f, ring(f, life{from: noon.Add(-time.Hour)}), issuer)
	good := sealStream(f, s, []byte("plain"))
	for _, seed := range [][]byte{nil, good, good[:head], good[:len(good)-1], append(bytes.Clone(good), good...)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if plain, err := openStream(s, seal.Snapshot, sealed); err == nil && !bytes.Equal(sealed, good) {
			t.Errorf("%q opened as %q", sealed, plain)
		}
	})
}
