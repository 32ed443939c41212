package snapshot

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
)

var noon = issuertest.Start

// written is a file with a state in it, and the ring that it is sealed under.
func written(t *testing.T, s *State) (file, keys.Ring) {
	t.Helper()
	f, ring := file{t.TempDir()}, issuertest.NewRing(t, 1, keys.XC20P)
	if err := f.write(s, ring, noon, noon); err != nil {
		t.Fatal(err)
	}
	return f, ring
}

func (f file) path() string { return filepath.Join(f.dir, fileName) }

func TestFile(t *testing.T) {
	s := full(t, 100)
	f, ring := written(t, s)
	in, of, err := f.open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	got, err := read(in, ring)
	if diff := cmp.Diff(s, got, alike); err != nil || diff != "" || !of.Equal(noon) {
		t.Errorf("of %v, %v (-wrote +read):\n%s", of, err, diff)
	}
	info, err := in.Stat()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	raw, err := os.ReadFile(f.path())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"secret of corp", "client-7", `"d":`} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("the file holds %q", secret)
		}
	}
	later := noon.Add(time.Hour)
	if err := f.touch(later); err != nil {
		t.Fatal(err)
	}
	if again, of, err := f.open(); err != nil || !of.Equal(later) {
		t.Errorf("touched: of %v, %v", of, err)
	} else {
		again.Close()
	}
	for range 2 {
		if err := f.remove(); err != nil {
			t.Errorf("remove: %v", err)
		}
	}
	if _, _, err := f.open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	f, ring := written(t, full(t, 3))
	good, err := os.ReadFile(f.path())
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int) []byte {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		return bad
	}
	rest := len(magic) + 2 + len(issuertest.URL)
	for _, tc := range []struct {
		name string
		data []byte
		ring keys.Ring
		want error
	}{
		{"nothing", nil, ring, ErrDamaged},
		{"something else", []byte("tokenwright is something else, and rather long"), ring, ErrDamaged},
		{"another version", change(len(magic) - 1), ring, ErrVersion},
		{"another URL", change(rest - 1), ring, ErrDamaged},
		{"cut within the URL", good[:rest-3], ring, ErrDamaged},
		{"a URL beyond all", append([]byte(magic), 0xff, 0xff), ring, ErrDamaged},
		{"cut within the head of what is sealed", good[:rest+10], ring, ErrLocked},
		{"the key's hint", change(rest), ring, ErrLocked},
		{"another ring", good, issuertest.NewRing(t, 1, keys.XC20P), ErrLocked},
		{"no ring", good, keys.Ring{}, ErrLocked},
		{"a byte of what is sealed", change(len(good) / 2), ring, ErrDamaged},
		{"the last byte", change(len(good) - 1), ring, ErrDamaged},
		{"cut", good[:len(good)-1], ring, ErrDamaged},
		{"more", append(bytes.Clone(good), 0), ring, ErrDamaged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if s, err := read(bytes.NewReader(tc.data), tc.ring); !errors.Is(err, tc.want) {
				t.Errorf("%+v, %v, want %v", s, err, tc.want)
			}
		})
	}
	if _, err := read(bytes.NewReader(good), issuertest.NewRing(t, 1, keys.ES256)); err == nil {
		t.Error("opened with a signing key")
	}
}

// Whatever ends the writing of a file, the former one stays as it was.
func TestFormerFileStays(t *testing.T) {
	for name, interrupt := range map[string]func(*testing.T, file, keys.Ring){
		"killed before the new one is named": func(t *testing.T, f file, _ keys.Ring) {
			half := []byte(magic + "\x00\x04http")
			if err := os.WriteFile(filepath.Join(f.dir, tempName), half, ownOnly); err != nil {
				t.Fatal(err)
			}
		},
		"no key is due": func(t *testing.T, f file, _ keys.Ring) {
			if err := f.write(full(t, 9), keys.Ring{}, noon, noon); !errors.Is(err, keys.ErrNoKey) {
				t.Error(err)
			}
		},
		"a state that cannot be written": func(t *testing.T, f file, ring keys.Ring) {
			s := full(t, 9)
			s.Registry.Signing = make([]byte, maxData+1)
			if err := f.write(s, ring, noon, noon); err == nil {
				t.Error("written")
			}
		},
		"no room for the new one": func(t *testing.T, f file, ring keys.Ring) {
			if err := os.MkdirAll(filepath.Join(f.dir, tempName, "sub"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := f.write(full(t, 9), ring, noon, noon); err == nil {
				t.Error("written")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := full(t, 2)
			f, ring := written(t, s)
			interrupt(t, f, ring)
			in, of, err := f.open()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			got, err := read(in, ring)
			if diff := cmp.Diff(s, got, alike); err != nil || diff != "" || !of.Equal(noon) {
				t.Errorf("of %v, %v (-wrote +read):\n%s", of, err, diff)
			}
		})
	}
}

// What a killed process left behind is no obstacle to the next one.
func TestLeftBehind(t *testing.T) {
	f, ring := written(t, full(t, 2))
	if err := os.WriteFile(filepath.Join(f.dir, tempName), make([]byte, 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.write(full(t, 3), ring, noon, noon); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(f.dir)
	if err != nil || len(left) != 1 || left[0].Name() != fileName {
		t.Errorf("in the folder: %v, %v", left, err)
	}
	if info, err := os.Stat(f.path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
