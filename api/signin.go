package api

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/metrics"
	"safelight/models"
)

// signInLimits slow guessing down without giving anybody a way to lock an
// account's owner out:
//
//   - address: every try from an address counts, whichever account it is for;
//   - pair: failures for one account from one address. What an attacker uses up
//     here is only the attacker's own;
//   - strangers: failures for one account from all browsers that have never
//     signed in to it. It is what many addresses together run into. Who comes
//     from where the account has been signed in to before is let by;
//   - device: a browser that has signed in to the account before shows its
//     device cookie, has a bucket of its own, and is held by none of the others;
//   - session: wrong answers of one session that is asked for its password again.
//
// Only failures stay counted against an account: a right password gives its
// tokens back. The buckets are shared by all API processes, so that more of
// them allow no more guesses. Refreshes are counted by each process: their
// tokens can not be guessed, the limit only bounds the work.
type signInLimits struct {
	buckets   Buckets
	rows      Users
	log       *slog.Logger
	address   bucket
	pair      bucket
	strangers bucket
	device    bucket
	session   bucket
	refreshes *limiter
	refused   func(limit string) // counts what is refused
}

// bucket is a kind of bucket; there is one for each key.
type bucket struct {
	name     string
	limit    string // of metrics
	burst    int
	interval time.Duration
}

// Failures for one account: from one address or device, and from all strangers together.
const (
	pairBurst         = 10
	pairInterval      = 30 * time.Second
	strangersBurst    = 100
	strangersInterval = 36 * time.Second
	refreshPerMinute  = 120
)

func newSignInLimits(buckets Buckets, rows Users, log *slog.Logger, perMinute int) *signInLimits {
	perMinute = max(perMinute, 1)
	return &signInLimits{
		buckets: buckets, rows: rows, log: log,
		address:   bucket{"address", metrics.LimitAddress, perMinute, time.Minute / time.Duration(perMinute)},
		pair:      bucket{"pair", metrics.LimitAccount, pairBurst, pairInterval},
		strangers: bucket{"strangers", metrics.LimitAccount, strangersBurst, strangersInterval},
		device:    bucket{"device", metrics.LimitDevice, pairBurst, pairInterval},
		session:   bucket{"session", metrics.LimitSession, pairBurst, pairInterval},
		refreshes: newLimiter(refreshPerMinute, time.Minute/refreshPerMinute),
		refused:   func(string) {},
	}
}

// charge is one token of the bucket of a key. Keys are of one size, whatever
// length a client sends, and tell nobody who reads them who it was.
func (b bucket) charge(parts ...string) models.Charge {
	h := sha256.New()
	for _, part := range append([]string{b.name}, parts...) {
		h.Write([]byte(part)) // never fails
		h.Write([]byte{0})
	}
	return models.Charge{Key: h.Sum(nil)[:16], Burst: b.burst, Interval: b.interval}
}

// attempt is one try, counted against an account until it is forgiven.
type attempt struct {
	limits  *signInLimits
	charges []models.Charge
}

// admit counts a request against its address and announces how that stands.
func (l *signInLimits) admit(ctx context.Context, info *requestInfo) error {
	_, err := l.take(ctx, info.fiber, l.address, network(info.ClientIP))
	return err
}

// again counts an answer of a session that is asked for its password.
func (l *signInLimits) again(ctx context.Context, c *fiber.Ctx, sessionID string) (attempt, error) {
	charges, err := l.take(ctx, c, l.session, sessionID)
	return attempt{l, charges}, err
}

// begin counts a try against its account. device is the id of a browser that
// has signed in to this account before, or empty.
func (l *signInLimits) begin(ctx context.Context, info *requestInfo, email, device string) (attempt, error) {
	if device != "" {
		charges, err := l.take(ctx, info.fiber, l.device, device)
		return attempt{l, charges}, err
	}
	from := network(info.ClientIP)
	charges := []models.Charge{l.address.charge(from), l.pair.charge(from, email), l.strangers.charge(email)}
	got, err := l.buckets.Charge(ctx, charges)
	if err != nil {
		return attempt{}, err
	}
	announce(info.fiber, charges[0], got[0])
	try := attempt{limits: l}
	for i := range charges[1:] { // the address stays charged, whatever comes of it
		if got[i+1].Allowed {
			try.charges = append(try.charges, charges[i+1])
		}
	}
	for i, allowance := range got {
		if allowance.Allowed {
			continue
		}
		if i == len(got)-1 && l.known(ctx, email, info.ClientIP) {
			continue
		}
		try.forgive(ctx)
		l.refused([]string{l.address.limit, l.pair.limit, l.strangers.limit}[i])
		return attempt{}, announce(info.fiber, charges[i], allowance).refusal()
	}
	return try, nil
}

// unlock counts a try at the password of a public link. A browser that has
// given it is not asked again, so that nobody can lock others out.
func (l *signInLimits) unlock(ctx context.Context, info *requestInfo, shareID string) (attempt, error) {
	link := "link " + shareID // no e-mail address has a space
	charges := []models.Charge{l.pair.charge(network(info.ClientIP), link), l.strangers.charge(link)}
	got, err := l.buckets.Charge(ctx, charges)
	if err != nil {
		return attempt{}, err
	}
	try, refused := attempt{limits: l}, error(nil)
	for i, allowance := range got {
		if allowance.Allowed {
			try.charges = append(try.charges, charges[i])
			continue
		}
		refused = announce(info.fiber, charges[i], allowance).refusal()
	}
	if refused != nil {
		l.refused(metrics.LimitLink)
		try.forgive(ctx)
		return attempt{}, refused
	}
	announce(info.fiber, charges[0], got[0])
	return try, nil
}

// known reports whether the account has been signed in to from this address.
// Where that can not be told, it has not.
func (l *signInLimits) known(ctx context.Context, email, address string) bool {
	known, err := l.rows.KnownAddress(ctx, email, address)
	if err != nil {
		l.log.WarnContext(ctx, "earlier sessions cannot be read", "error", err)
	}
	return known
}

// take charges the bucket of a key and refuses where it is empty.
func (l *signInLimits) take(ctx context.Context, c *fiber.Ctx, from bucket, key string) ([]models.Charge, error) {
	charges := []models.Charge{from.charge(key)}
	got, err := l.buckets.Charge(ctx, charges)
	if err != nil {
		return nil, err
	}
	if q := announce(c, charges[0], got[0]); !q.allowed {
		l.refused(from.limit)
		return nil, q.refusal()
	}
	return charges, nil
}

// announce tells the client how a bucket stands.
func announce(c *fiber.Ctx, charge models.Charge, a models.Allowance) quota {
	capacity := time.Duration(charge.Burst) * charge.Interval
	q := quota{allowed: a.Allowed, limit: charge.Burst, reset: a.Debt}
	if a.Allowed {
		q.remaining = max(0, int((capacity-a.Debt)/charge.Interval))
	} else {
		q.retry = a.Debt + charge.Interval - capacity
	}
	q.announce(c)
	return q
}

// forgive gives back what the account was charged: the password was right, or
// was never checked. It does so for who has gone away, too; that it fails is
// worth a line in the log and nobody's sign-in.
func (t attempt) forgive(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkWithin)
	defer cancel()
	if err := t.limits.buckets.Refund(ctx, t.charges); err != nil {
		t.limits.log.WarnContext(ctx, "sign-in limits cannot be refunded", "error", err)
	}
}

// network is what of an address is counted: of IPv6 the first 64 bits, since
// whoever has one address there has all that begin with them.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Is4() {
		return address
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
