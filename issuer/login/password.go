package login

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// Bounds of a hash: beyond, one login would cost the issuer seconds, or memory that it does not have.
const (
	maxBcryptCost     = 14
	maxArgon2Memory   = 256 << 10 // KiB
	maxArgon2Time     = 10
	maxArgon2Parallel = 16 // lanes cost no memory beyond m, and are computed at the same time where there are processors
	maxArgon2Sum      = 64 // bytes; argon2Form allows no more
)

const (
	// MaxPassword bounds a password, in bytes. It is compared as it was typed, without Unicode normalisation, since hashes
	// are made elsewhere by tools that do not normalise either.
	MaxPassword = 1024
	// MaxBcryptPassword bounds the password of a bcrypt hash, in bytes: bcrypt ignores what follows, so a longer one is
	// refused rather than half checked.
	MaxBcryptPassword = 72
)

var errHash = errors.New("write a hash of bcrypt ($2a$, $2b$ or $2y$; htpasswd -nBC 12 makes one) or of argon2id " +
	"($argon2id$v=19$m=65536,t=3,p=4$salt$hash)")

// passwordHash is one way to check a password.
type passwordHash interface {
	// matches tells whether password is the one. It takes the same time for each.
	matches(password string) bool
	// work names what a check costs: hashes of the same work take the same time.
	work() string
	// memory is what a check needs, in bytes.
	memory() int64
	// decoy is a hash of the same work that no password matches.
	decoy() passwordHash
}

// parseHash reads a hash. Its errors never quote it.
func parseHash(text string) (passwordHash, error) {
	switch {
	case bcryptForm.MatchString(text):
		return parseBcrypt(text)
	case strings.HasPrefix(text, "$argon2id$"):
		return parseArgon2(text)
	default:
		return nil, errHash
	}
}

// bcryptHash is a hash by bcrypt, in its usual form.
type bcryptHash struct {
	text string
	cost int
}

var bcryptForm = regexp.MustCompile(`^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$`)

// bcryptDecoy is salt and hash of a decoy. Some input may have that hash; nobody is known by it.
var bcryptDecoy = strings.Repeat(".", 53)

func parseBcrypt(text string) (passwordHash, error) {
	cost, err := bcrypt.Cost([]byte(text))
	if err != nil || cost > maxBcryptCost {
		return nil, fmt.Errorf("write a bcrypt hash of cost %d to %d", bcrypt.MinCost, maxBcryptCost)
	}
	return bcryptHash{text, cost}, nil
}

func (h bcryptHash) matches(password string) bool {
	checked := password[:min(len(password), MaxBcryptPassword)]
	return bcrypt.CompareHashAndPassword([]byte(h.text), []byte(checked)) == nil && len(password) <= MaxBcryptPassword
}

func (h bcryptHash) work() string { return fmt.Sprintf("bcrypt %02d", h.cost) }

// bcryptMemory is the state of the cipher that bcrypt is made of, with room for copies.
const bcryptMemory = 16 << 10

func (h bcryptHash) memory() int64 { return bcryptMemory }

func (h bcryptHash) decoy() passwordHash {
	return bcryptHash{fmt.Sprintf("$2b$%02d$%s", h.cost, bcryptDecoy), h.cost}
}

// argon2Hash is a hash by argon2id (RFC 9106).
type argon2Hash struct {
	kib, time uint32
	parallel  uint8
	salt, sum []byte
}

var argon2Form = regexp.MustCompile(
	`^\$argon2id\$v=19\$m=([0-9]{1,7}),t=([0-9]{1,3}),p=([0-9]{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$`)

func parseArgon2(text string) (passwordHash, error) {
	parts := argon2Form.FindStringSubmatch(text)
	if parts == nil {
		return nil, errHash
	}
	memory, time, parallel := number(parts[1]), number(parts[2]), number(parts[3])
	if memory > maxArgon2Memory || memory < 8*parallel || time < 1 || time > maxArgon2Time ||
		parallel < 1 || parallel > maxArgon2Parallel {
		return nil, fmt.Errorf("write an argon2id hash of m up to %d (KiB, and at least 8 times p), t from 1 to %d and p from 1 to %d",
			maxArgon2Memory, maxArgon2Time, maxArgon2Parallel)
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil {
		return nil, errHash
	}
	return argon2Hash{uint32(memory), uint32(time), uint8(parallel), salt, sum}, nil
}

// number reads digits that a pattern has found.
func number(digits string) uint64 {
	n, _ := strconv.ParseUint(digits, 10, 32)
	return n
}

func (h argon2Hash) matches(password string) bool {
	sum := argon2.IDKey([]byte(password), h.salt, h.time, h.kib, h.parallel, uint32(min(len(h.sum), maxArgon2Sum)))
	return subtle.ConstantTimeCompare(sum, h.sum) == 1
}

func (h argon2Hash) work() string {
	return fmt.Sprintf("argon2id m=%d,t=%d,p=%d", h.kib, h.time, h.parallel)
}

func (h argon2Hash) memory() int64 { return int64(h.kib) << 10 }

func (h argon2Hash) decoy() passwordHash {
	h.salt, h.sum = make([]byte, len(h.salt)), make([]byte, len(h.sum))
	return h
}

// usualWork is a decoy of the work that most of the hashes take, so that a stranger is refused as late as most are. Of
// several it is the one whose name comes first; without any hash, bcrypt's of cost 12.
func usualWork(hashes []passwordHash) passwordHash {
	count := map[string]int{}
	usual := passwordHash(bcryptHash{cost: 12})
	for _, h := range hashes {
		count[h.work()]++
	}
	for _, h := range hashes {
		more := count[h.work()] - count[usual.work()]
		if more > 0 || more == 0 && h.work() < usual.work() {
			usual = h
		}
	}
	return usual.decoy()
}
