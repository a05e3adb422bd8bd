package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func TestALimiterTakesABurstAndThenOnePerInterval(t *testing.T) {
	t.Parallel()
	c, l := newClock(), newLimiter(3, 10*time.Second)
	l.now = c.now
	for i, left := range []int{2, 1, 0} {
		q := l.take("a")
		require.True(t, q.allowed)
		require.Equal(t, left, q.remaining)
		require.Equal(t, time.Duration(i+1)*10*time.Second, q.reset)
	}
	q := l.take("a")
	require.False(t, q.allowed)
	require.Equal(t, 10*time.Second, q.retry)
	require.True(t, l.take("b").allowed, "each key has its own")

	c.move(q.retry - time.Millisecond)
	require.False(t, l.take("a").allowed, "refused ones cost nothing")
	c.move(time.Millisecond)
	require.True(t, l.take("a").allowed, "Retry-After is right")
	require.False(t, l.take("a").allowed)
	c.move(time.Hour)
	require.Equal(t, 2, l.take("a").remaining, "it does not grow past its burst")
}

func TestALimitersMemoryIsBounded(t *testing.T) {
	t.Parallel()
	c, l := newClock(), newLimiter(2, time.Hour)
	l.now = c.now
	for i := range maxTracked {
		l.take(strconv.Itoa(i))
	}
	require.Len(t, l.full, maxTracked)
	for i := range maxTracked {
		l.take("more" + strconv.Itoa(i))
		require.LessOrEqual(t, len(l.full), maxTracked)
	}
	c.move(2 * time.Hour) // all are full again, as good as unknown
	l.forget(c.now())
	require.Empty(t, l.full)
}

func TestAttemptsPerAddress(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(d *Deps) { d.Config.LoginPerMinute = 3 })
	c := newClock()
	b.buckets.now = c.now
	for i := range 3 {
		a := login(b, fmt.Sprintf("user%d@example.org", i), "wrong horse")
		a.problem(CodeInvalidCredentials)
		require.Equal(t, "3", a.Header.Get("RateLimit-Limit"))
		require.Equal(t, strconv.Itoa(2-i), a.Header.Get("RateLimit-Remaining"))
		require.Equal(t, strconv.Itoa(20*(i+1)), a.Header.Get("RateLimit-Reset"))
	}
	a := login(b, "user9@example.org", "wrong horse")
	a.problem(CodeRateLimited)
	require.Equal(t, "20", a.Header.Get("Retry-After"))
	require.Equal(t, "0", a.Header.Get("RateLimit-Remaining"))
	b.ask(http.MethodPost, "/api/v1/auth/register", "", map[string]string{"email": "a@b.c", "password": "correct horse", "name": "A"}).problem(CodeRateLimited)
	c.move(20 * time.Second)
	login(b, "user9@example.org", "wrong horse").problem(CodeInvalidCredentials)
}

// proxied is a bench where tests choose the address that a request comes from.
func proxied(t *testing.T) *bench {
	t.Helper()
	return newBench(t, func(d *Deps) { d.Config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32")} })
}

func from(address string) func(*http.Request) { return header("X-Forwarded-For", address) }

func TestGuessingIsHeldAndTheOwnerIsNot(t *testing.T) {
	t.Parallel()
	b := proxied(t)
	_, signedUp := register(b, "ada@example.org")
	require.NotNil(t, signedUp)
	known := login(b, "ada@example.org", "correct horse", from("198.51.100.1")).Cookie["safelight_device"]
	require.NotNil(t, known, "a browser that has signed in is remembered")
	require.True(t, known.HttpOnly)
	require.Equal(t, "/api/v1/auth", known.Path)

	for range pairBurst { // one address
		login(b, "ada@example.org", "guess", from("203.0.113.1")).problem(CodeInvalidCredentials)
	}
	a := login(b, "ada@example.org", "guess", from("203.0.113.1"))
	a.problem(CodeRateLimited)
	require.Equal(t, "30", a.Header.Get("Retry-After"))
	login(b, "ada@example.org", "correct horse", from("203.0.113.1")).problem(CodeRateLimited)
	require.Equal(t, http.StatusOK, login(b, "ada@example.org", "correct horse", from("198.51.100.7")).Status, "from elsewhere the owner still gets in")

	held := false // many addresses
	for i := range 2 * strangersBurst {
		if login(b, "ada@example.org", "guess", from(fmt.Sprintf("203.0.113.%d", i%250))).Status == http.StatusTooManyRequests {
			held = true
		}
	}
	require.True(t, held)
	login(b, "ada@example.org", "correct horse", from("192.0.2.77")).problem(CodeRateLimited)
	require.Equal(t, http.StatusOK, login(b, "ada@example.org", "correct horse", from("198.51.100.1")).Status, "from where the account was used before, without a cookie")
	owner := login(b, "ada@example.org", "correct horse", from("203.0.113.1"), cookie("safelight_device", known.Value))
	require.Equal(t, http.StatusOK, owner.Status, "the owner's browser is let in from wherever it comes, even from the attacker's address")
	login(b, "bob@example.org", "guess", from("192.0.2.77")).problem(CodeInvalidCredentials)
}

func TestADeviceHasALimitOfItsOwn(t *testing.T) {
	t.Parallel()
	b := proxied(t)
	register(b, "ada@example.org")
	device := cookie("safelight_device", login(b, "ada@example.org", "correct horse").Cookie["safelight_device"].Value)
	for i := range pairBurst {
		login(b, "ada@example.org", "guess", device, from(fmt.Sprintf("203.0.113.%d", i))).problem(CodeInvalidCredentials)
	}
	login(b, "ada@example.org", "guess", device, from("203.0.113.99")).problem(CodeRateLimited)
	require.Equal(t, http.StatusOK, login(b, "ada@example.org", "correct horse", from("203.0.113.98")).Status, "without it one is a stranger")
	login(b, "bob@example.org", "guess", device).problem(CodeInvalidCredentials)
}

func TestRightPasswordsAreNotCounted(t *testing.T) {
	t.Parallel()
	b := proxied(t)
	register(b, "ada@example.org")
	for range 3 * pairBurst {
		require.Equal(t, http.StatusOK, login(b, "ada@example.org", "correct horse").Status)
	}
	require.Zero(t, b.buckets.owed(b.app.logins.strangers.charge("ada@example.org")))
}

func TestRefreshesAreLimitedToo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := newClock()
	b.app.logins.refreshes.now = c.now
	body := map[string]string{"refreshToken": "x"}
	for range refreshPerMinute {
		b.ask(http.MethodPost, "/api/v1/auth/refresh", "", body).problem(CodeUnauthenticated)
	}
	b.ask(http.MethodPost, "/api/v1/auth/refresh", "", body).problem(CodeRateLimited)
}

// Whoever has one IPv6 address has all of its network, and is one for the limits.
func TestANetworkIsOneAddress(t *testing.T) {
	t.Parallel()
	b := proxied(t)
	register(b, "ada@example.org")
	for i := range pairBurst {
		login(b, "ada@example.org", "guess", from(fmt.Sprintf("2001:db8:1:2::%x", i+1))).problem(CodeInvalidCredentials)
	}
	login(b, "ada@example.org", "guess", from("2001:db8:1:2:ffff:ffff:ffff:ffff")).problem(CodeRateLimited)
	login(b, "ada@example.org", "guess", from("2001:db8:1:3::1")).problem(CodeInvalidCredentials)
	require.Equal(t, "198.51.100.7", network("198.51.100.7"))
	require.Equal(t, "2001:db8:1:2::/64", network("2001:db8:1:2::9%eth0"))
	require.Equal(t, "?", network("?"))
}
