package api

import (
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// maxTracked bounds the keys that a limiter remembers. Past it the ones that
// have been quiet longest enough to be full again go, then any.
const maxTracked = 50_000

// limiter is a token bucket per key (as GCRA: one time per key). A bucket
// takes burst at once and fills one per interval. Safe for concurrent use.
type limiter struct {
	burst    int
	interval time.Duration
	now      func() time.Time

	mu   sync.Mutex
	full map[string]time.Time // when the key's bucket is full again
}

func newLimiter(burst int, interval time.Duration) *limiter {
	return &limiter{burst: burst, interval: interval, now: time.Now, full: map[string]time.Time{}}
}

// quota is what a limiter answered.
type quota struct {
	allowed   bool
	limit     int
	remaining int
	reset     time.Duration // until the bucket is full again
	retry     time.Duration // until there is one, if not allowed
}

// take takes one from the key's bucket.
func (l *limiter) take(key string) quota {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	full := l.full[key]
	if full.Before(now) {
		full = now
	}
	after := full.Add(l.interval)
	capacity := time.Duration(l.burst) * l.interval
	if wait := after.Sub(now) - capacity; wait > 0 {
		return quota{limit: l.burst, reset: full.Sub(now), retry: wait}
	}
	if _, known := l.full[key]; !known && len(l.full) >= maxTracked {
		l.forget(now)
	}
	l.full[key] = after
	left := int((capacity - after.Sub(now)) / l.interval)
	return quota{allowed: true, limit: l.burst, remaining: left, reset: after.Sub(now)}
}

// forget makes room: what is full again is as good as unknown. If that is not
// enough, arbitrary ones follow, so that memory stays bounded under a flood.
func (l *limiter) forget(now time.Time) {
	for key, full := range l.full {
		if !full.After(now) {
			delete(l.full, key)
		}
	}
	for key := range l.full {
		if len(l.full) < maxTracked*9/10 {
			return
		}
		delete(l.full, key)
	}
}

// announce tells the client how it stands.
func (q quota) announce(c *fiber.Ctx) {
	c.Set("RateLimit-Limit", strconv.Itoa(q.limit))
	c.Set("RateLimit-Remaining", strconv.Itoa(q.remaining))
	c.Set("RateLimit-Reset", strconv.Itoa(seconds(q.reset)))
}

// admit takes one from the key's bucket, announces how it stands, and refuses
// where there was none.
func (l *limiter) admit(c *fiber.Ctx, key string) error {
	q := l.take(key)
	q.announce(c)
	if !q.allowed {
		return q.refusal()
	}
	return nil
}

// refusal is the 429 of a quota that is used up.
func (q quota) refusal() *Problem {
	return problem(CodeRateLimited, "", nil).with(fiber.HeaderRetryAfter, strconv.Itoa(max(1, seconds(q.retry))))
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
