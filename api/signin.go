package api

import (
	"crypto/sha256"
	"time"

	"github.com/gofiber/fiber/v2"
)

// signInLimits slow guessing down without giving anybody a way to lock an
// account's owner out:
//
//   - address: every try from an address counts, whichever account it is for;
//   - pair: failures for one account from one address. What an attacker uses up
//     here is only the attacker's own;
//   - strangers: failures for one account from all browsers that have never
//     signed in to it. It is what many addresses together run into;
//   - devices: a browser that has signed in to the account before shows its
//     device cookie, has a bucket of its own, and is held by none of the others.
//
// Only failures stay counted against an account: a right password gives its
// tokens back.
type signInLimits struct {
	address   *limiter
	pair      *limiter
	strangers *limiter
	devices   *limiter
	refreshes *limiter
}

// Failures for one account: from one address or device, and from all strangers together.
const (
	pairBurst         = 10
	pairInterval      = 30 * time.Second
	strangersBurst    = 100
	strangersInterval = 36 * time.Second
	refreshPerMinute  = 120
)

func newSignInLimits(perMinute int) *signInLimits {
	perMinute = max(perMinute, 1)
	return &signInLimits{
		address:   newLimiter(perMinute, time.Minute/time.Duration(perMinute)),
		pair:      newLimiter(pairBurst, pairInterval),
		strangers: newLimiter(strangersBurst, strangersInterval),
		devices:   newLimiter(pairBurst, pairInterval),
		refreshes: newLimiter(refreshPerMinute, time.Minute/refreshPerMinute),
	}
}

// charge is one token taken, to be given back.
type charge struct {
	limiter *limiter
	key     string
}

// attempt is one try to sign in to an account.
type attempt []charge

// admit counts a request against its address and announces how that stands.
func (l *signInLimits) admit(c *fiber.Ctx, by *limiter, address string) error {
	q := by.take(address)
	q.announce(c)
	if !q.allowed {
		return q.refusal()
	}
	return nil
}

// begin counts a try against its account. device is the id of a browser that
// has signed in to this account before, or empty.
func (l *signInLimits) begin(c *fiber.Ctx, address, email, device string) (attempt, error) {
	if device != "" {
		return attempt{}.charge(c, l.devices, keyOf(device))
	}
	if err := l.admit(c, l.address, address); err != nil {
		return nil, err
	}
	t, err := attempt{}.charge(c, l.pair, keyOf(address+"\x00"+email))
	if err != nil {
		return nil, err
	}
	return t.charge(c, l.strangers, keyOf(email))
}

// charge takes one from a bucket; where there is none, everything charged
// before is given back.
func (t attempt) charge(c *fiber.Ctx, l *limiter, key string) (attempt, error) {
	q := l.take(key)
	if !q.allowed || c.GetRespHeader("RateLimit-Limit") == "" {
		q.announce(c)
	}
	if !q.allowed {
		t.forgive()
		return nil, q.refusal()
	}
	return append(t, charge{l, key}), nil
}

// forgive gives back what the account was charged: the password was right, or
// was never checked.
func (t attempt) forgive() {
	for _, c := range t {
		c.limiter.refund(c.key)
	}
}

// keyOf makes keys of one size of what a client may send at any length.
func keyOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return string(sum[:16])
}
