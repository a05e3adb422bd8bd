package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"

	"safelight/models"
)

// The bounds of a password, in characters. The upper one only keeps hashing
// from being fed without end.
const (
	MinPassword = 8
	MaxPassword = 256
)

// Parameters of argon2id. Memory is in KiB.
type Parameters struct {
	Time    uint32
	Memory  uint32
	Threads uint8
}

// DefaultParameters are those of the OWASP Password Storage Cheat Sheet for
// argon2id: 19 MiB, two passes, one lane.
func DefaultParameters() Parameters { return Parameters{Time: 2, Memory: 19 << 10, Threads: 1} }

// HashesAtOnce is how many hashes an API process runs side by side: half of the
// cores, so that while many sign in at once the others go on being answered.
func HashesAtOnce() int { return max(1, runtime.NumCPU()/2) }

// Sizes in bytes, as RFC 9106 (section 4) recommends.
const (
	saltSize = 16
	hashSize = 32
)

// Bounds of the parameters that a stored hash may ask for: a row is data, and
// must not decide how much memory a sign-in takes.
const (
	maxStoredTime   = 10
	maxStoredMemory = 256 << 10
)

// ErrWeakPassword says that a password is too short, too long or too common.
var ErrWeakPassword = errors.New("password not acceptable")

// Passwords makes and checks argon2id hashes, of which only so many are under
// way at once: each takes its whole memory. Safe for concurrent use.
type Passwords struct {
	parameters Parameters
	slots      *semaphore.Weighted
	wait       time.Duration
	dummy      string
}

// NewPasswords builds Passwords that run at most concurrency hashes at once; a
// caller waits for its turn for at most wait.
func NewPasswords(p Parameters, concurrency int, wait time.Duration) (*Passwords, error) {
	if concurrency < 1 || wait <= 0 || p.Time < 1 || p.Threads < 1 || p.Memory < 8*uint32(p.Threads) {
		return nil, fmt.Errorf("argon2id: unusable parameters %+v, concurrency %d, wait %s", p, concurrency, wait)
	}
	out := &Passwords{parameters: p, slots: semaphore.NewWeighted(int64(concurrency)), wait: wait}
	out.dummy = encode(p, make([]byte, saltSize), make([]byte, hashSize))
	return out, nil
}

// CheckPassword says whether a password may be chosen; the message of the
// error is for people.
func CheckPassword(password string) error {
	if !utf8.ValidString(password) {
		return fmt.Errorf("%w: not valid UTF-8", ErrWeakPassword)
	}
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return fmt.Errorf("%w: at least %d characters are needed", ErrWeakPassword, MinPassword)
	case n > MaxPassword:
		return fmt.Errorf("%w: at most %d characters are allowed", ErrWeakPassword, MaxPassword)
	case common(password):
		return fmt.Errorf("%w: it is among the first that are guessed; take several words, or one that nobody else has", ErrWeakPassword)
	}
	return nil
}

// Hash makes a PHC string with a salt of its own. It fails with
// ErrWeakPassword, with the context's error, or with models.ErrUnavailable
// when too many hashes are waiting.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := CheckPassword(password); err != nil {
		return "", err
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: it ends the program instead
	sum, err := p.derive(ctx, p.parameters, password, salt, hashSize)
	if err != nil {
		return "", err
	}
	return encode(p.parameters, salt, sum), nil
}

// Verify checks a password against a PHC string; models.ErrInvalidCredentials
// when it does not match. With an empty hash, for a user that does not exist,
// it works as long and fails the same way.
func (p *Passwords) Verify(ctx context.Context, hash, password string) error {
	known := hash != ""
	if !known {
		hash = p.dummy
	}
	parameters, salt, want, err := decode(hash)
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(password) > MaxPassword {
		password, known = "", false // no such password was ever accepted; take the time of one
	}
	got, err := p.derive(ctx, parameters, password, salt, uint32(len(want)))
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(got, want) != 1 || !known {
		return models.ErrInvalidCredentials
	}
	return nil
}

// derive runs argon2id when it is its turn.
func (p *Passwords) derive(ctx context.Context, q Parameters, password string, salt []byte, size uint32) ([]byte, error) {
	waiting, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	if err := p.slots.Acquire(waiting, 1); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
		}
		return nil, fmt.Errorf("wait to hash a password: %w", models.ErrUnavailable)
	}
	defer p.slots.Release(1)
	return argon2.IDKey([]byte(password), salt, q.Time, q.Memory, q.Threads, size), nil
}

// encode writes the PHC string format.
func encode(p Parameters, salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Time, p.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

var errBadHash = errors.New("stored password hash is not a usable argon2id PHC string")

// decode reads the PHC string format.
func decode(hash string) (p Parameters, salt, sum []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, errBadHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); err != nil {
		return p, nil, nil, errBadHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[5])
	usable := p.Time >= 1 && p.Time <= maxStoredTime && p.Threads >= 1 &&
		p.Memory >= 8*uint32(p.Threads) && p.Memory <= maxStoredMemory &&
		len(salt) >= 8 && len(salt) <= 64 && len(sum) >= 16 && len(sum) <= 64
	if saltErr != nil || sumErr != nil || !usable {
		return p, nil, nil, errBadHash
	}
	return p, salt, sum, nil
}
