//go:build integration

package store_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

const week = 7 * 24 * time.Hour

func sum(s string) []byte {
	h := sha256.Sum256([]byte(s))
	return h[:]
}

// by is an actor, as the API makes one.
func by(u models.User) models.Actor {
	return models.Actor{UserID: u.ID, Email: u.Email, IP: "198.51.100.7", RequestID: "request-1"}
}

// audited lists the actions that the log has about a target, oldest first.
func (d db) audited(target string) (actions []string) {
	d.t.Helper()
	rows, err := d.raw().Query(d.t.Context(), `
		SELECT action || coalesce(' by ' || actor_email, '') FROM audit_log
		 WHERE target_id = $1 AND ip = '198.51.100.7' AND request_id = 'request-1' ORDER BY id`, target)
	require.NoError(d.t, err)
	actions, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(d.t, err)
	return actions
}

// signIn begins a session.
func (d db) signIn(u models.User, ip string) models.Session {
	d.t.Helper()
	se := models.Session{ID: id(), UserID: u.ID, TokenHash: sum(id()), UserAgent: "curl", IP: ip, ExpiresAt: time.Now().Add(time.Hour)}
	require.NoError(d.t, d.CreateSession(d.t.Context(), se, u.PasswordHash))
	return se
}

func (d db) lives(se models.Session) bool {
	d.t.Helper()
	_, _, err := d.SessionUser(d.t.Context(), se.ID, week)
	if err != nil {
		require.ErrorIs(d.t, err, models.ErrUnauthenticated)
	}
	return err == nil
}

func TestListingAndEndingSessions(t *testing.T) {
	t.Parallel()
	d := open(t)
	u, other := d.user(), d.user()
	var mine []models.Session
	for range 5 {
		mine = append(mine, d.signIn(u, "192.0.2.1"))
	}
	theirs := d.signIn(other, "192.0.2.2")
	d.sql(`UPDATE sessions SET last_used_at = now() - interval '8 days' WHERE id = $1`, mine[1].ID)
	require.NoError(t, d.EndSession(t.Context(), by(u), u.ID, mine[2].ID, week))
	require.Equal(t, []string{"session.ended by " + u.Email}, d.audited(mine[2].ID))
	for _, none := range []string{mine[2].ID, mine[1].ID, theirs.ID, id(), "x"} { // ended, idle, another's, unknown
		require.ErrorIs(t, d.EndSession(t.Context(), by(u), u.ID, none, week), models.ErrNotFound)
	}
	require.True(t, d.lives(theirs))

	var walked []string
	for cursor := ""; ; {
		p, err := d.ListSessions(t.Context(), u.ID, week, 2, cursor)
		require.NoError(t, err)
		for _, s := range p.Items {
			require.Equal(t, u.ID, s.UserID)
			require.Equal(t, "192.0.2.1", s.IP)
			walked = append(walked, s.ID)
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, []string{mine[4].ID, mine[3].ID, mine[0].ID}, walked)
	_, err := d.ListSessions(t.Context(), u.ID, week, 2, "x")
	require.ErrorIs(t, err, models.ErrBadCursor)

	for email, known := range map[string]bool{u.Email: true, other.Email: false, "nobody@example.com": false, "\x00": false} {
		got, err := d.KnownAddress(t.Context(), email, "192.0.2.1")
		require.NoError(t, err)
		require.Equal(t, known, got, "%q", email)
	}
	require.NoError(t, d.EndSessions(t.Context(), by(other), u.ID))
	require.False(t, d.lives(mine[0]) || d.lives(mine[3]) || d.lives(mine[4]))
	require.Equal(t, []string{"user.sessions_ended by " + other.Email}, d.audited(u.ID))
	require.ErrorIs(t, d.EndSessions(t.Context(), by(other), id()), models.ErrNotFound)
}

func TestAccessTokens(t *testing.T) {
	t.Parallel()
	d := open(t)
	u, other := d.user(), d.user()
	make := func(name string, expires *time.Time) models.AccessToken {
		got, err := d.CreateToken(t.Context(), by(u), models.AccessToken{
			ID: id(), UserID: u.ID, Name: name, TokenHash: sum(name), Scopes: []models.TokenScope{models.ScopeRead, models.ScopeAdmin}, ExpiresAt: expires,
		}, 3)
		require.NoError(t, err)
		return got
	}
	past := time.Now().Add(-time.Second)
	script, expired := make("script", nil), make("expired", &past)
	require.Equal(t, []models.TokenScope{models.ScopeRead, models.ScopeAdmin}, script.Scopes)
	require.WithinDuration(t, time.Now(), script.CreatedAt, time.Minute)

	before := d.Statements()
	user, token, err := d.TokenUser(t.Context(), sum("script"))
	require.NoError(t, err)
	require.Equal(t, int64(1), d.Statements()-before)
	require.Equal(t, u.ID, user.ID)
	require.Equal(t, u.Email, user.Email)
	require.Equal(t, script.ID, token.ID)
	require.Equal(t, "script", token.Name)
	require.Equal(t, script.Scopes, token.Scopes)
	for _, bad := range []string{"expired", "unknown"} {
		_, _, err = d.TokenUser(t.Context(), sum(bad))
		require.ErrorIs(t, err, models.ErrUnauthenticated)
	}
	require.True(t, value[bool](d, `SELECT last_used_at IS NULL FROM access_tokens WHERE id = $1`, expired.ID))

	used := value[time.Time](d, `SELECT last_used_at FROM access_tokens WHERE id = $1`, script.ID)
	_, _, err = d.TokenUser(t.Context(), sum("script"))
	require.NoError(t, err)
	require.Equal(t, used, value[time.Time](d, `SELECT last_used_at FROM access_tokens WHERE id = $1`, script.ID), "at most once a minute")
	d.sql(`UPDATE access_tokens SET last_used_at = now() - interval '61 seconds' WHERE id = $1`, script.ID)
	requireAll(t, atOnce(10, func(int) error {
		_, _, err := d.TokenUser(t.Context(), sum("script"))
		return err
	}))
	require.True(t, value[bool](d, `SELECT last_used_at > now() - interval '1 minute' FROM access_tokens WHERE id = $1`, script.ID))

	make("third", nil)
	_, err = d.CreateToken(t.Context(), by(u), models.AccessToken{ID: id(), UserID: u.ID, Name: "n", TokenHash: sum("n"), Scopes: script.Scopes}, 3)
	require.ErrorIs(t, err, models.ErrTooManyTokens)
	list, err := d.ListTokens(t.Context(), u.ID, 2, "")
	require.NoError(t, err)
	require.Equal(t, "third", list.Items[0].Name)
	require.Equal(t, "expired", list.Items[1].Name)
	list, err = d.ListTokens(t.Context(), u.ID, 2, list.Next)
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	require.NotNil(t, list.Items[0].LastUsedAt)
	require.Empty(t, list.Next)

	require.ErrorIs(t, d.DeleteToken(t.Context(), by(other), other.ID, script.ID), models.ErrNotFound)
	require.NoError(t, d.DeleteToken(t.Context(), by(u), u.ID, script.ID))
	require.ErrorIs(t, d.DeleteToken(t.Context(), by(u), u.ID, script.ID), models.ErrNotFound)
	_, _, err = d.TokenUser(t.Context(), sum("script"))
	require.ErrorIs(t, err, models.ErrUnauthenticated)
	require.Equal(t, []string{"token.created by " + u.Email, "token.deleted by " + u.Email}, d.audited(script.ID))
	require.Equal(t, "script", value[string](d, `SELECT details->>'name' FROM audit_log WHERE action = 'token.deleted'`))
	require.Error(t, d.try(`INSERT INTO access_tokens (id, user_id, name, token_hash, scopes) VALUES (gen_random_uuid(), $1, 'n', $2, '{root}')`, u.ID, sum("x")))
}

func TestTheNumberOfTokensHoldsAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	u := d.user()
	made := 0
	for _, err := range atOnce(20, func(i int) error {
		_, err := d.CreateToken(t.Context(), by(u), models.AccessToken{
			ID: id(), UserID: u.ID, Name: "n", TokenHash: sum(fmt.Sprint(i)), Scopes: []models.TokenScope{models.ScopeRead},
		}, 5)
		return err
	}) {
		if err == nil {
			made++
			continue
		}
		require.ErrorIs(t, err, models.ErrTooManyTokens)
	}
	require.Equal(t, 5, made)
	require.Equal(t, 5, value[int](d, `SELECT count(*) FROM audit_log WHERE action = 'token.created'`))
}

func TestChangingAPassword(t *testing.T) {
	t.Parallel()
	d := open(t)
	u := d.user()
	here, there := d.signIn(u, "::1"), d.signIn(u, "::2")
	_, err := d.IssueReset(t.Context(), by(u), u.ID, sum("link"), time.Hour)
	require.NoError(t, err)
	require.ErrorIs(t, d.ChangePassword(t.Context(), by(u), u.ID, here.ID, "not the old one", "new"), models.ErrConflict)
	require.True(t, d.lives(there), "nothing of a change that failed is left")
	require.NoError(t, d.ChangePassword(t.Context(), by(u), u.ID, here.ID, u.PasswordHash, "new"))
	require.True(t, d.lives(here))
	require.False(t, d.lives(there))
	_, err = d.ResetUser(t.Context(), sum("link"))
	require.ErrorIs(t, err, models.ErrBadResetToken, "the link ends as well")
	require.Equal(t, []string{"user.reset_issued by " + u.Email, "password.changed by " + u.Email}, d.audited(u.ID))
	require.ErrorIs(t, d.ChangePassword(t.Context(), by(u), id(), here.ID, "new", "newer"), models.ErrConflict)
}

// A sign-in with the old password that races with its change: either the change
// ends its session, or there is none.
func TestNoSessionOutlivesItsPassword(t *testing.T) {
	t.Parallel()
	d := open(t)
	for range 20 {
		u := d.user()
		keep := d.signIn(u, "")
		sessions := make([]models.Session, 6)
		errs := atOnce(len(sessions)+1, func(i int) error {
			if i == len(sessions) {
				return d.ChangePassword(t.Context(), by(u), u.ID, keep.ID, u.PasswordHash, "new")
			}
			sessions[i] = models.Session{ID: id(), UserID: u.ID, TokenHash: sum(id()), ExpiresAt: time.Now().Add(time.Hour)}
			return d.CreateSession(t.Context(), sessions[i], u.PasswordHash)
		})
		require.NoError(t, errs[len(sessions)])
		for i, se := range sessions {
			require.True(t, errs[i] == nil || errors.Is(errs[i], models.ErrInvalidCredentials), "%v", errs[i])
			require.False(t, d.lives(se))
		}
		require.True(t, d.lives(keep))
	}
}

func TestResetLinks(t *testing.T) {
	t.Parallel()
	d := open(t)
	u, admin := d.user(), d.user(admin)
	se := d.signIn(u, "")
	for _, token := range []string{"first", "second"} {
		expires, err := d.IssueReset(t.Context(), by(admin), u.ID, sum(token), time.Hour)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now().Add(time.Hour), expires, time.Minute)
	}
	_, err := d.ResetUser(t.Context(), sum("first"))
	require.ErrorIs(t, err, models.ErrBadResetToken, "a newer link ends the one before")
	_, err = d.UseReset(t.Context(), models.Actor{}, sum("first"), "new")
	require.ErrorIs(t, err, models.ErrBadResetToken)
	got, err := d.ResetUser(t.Context(), sum("second"))
	require.NoError(t, err)
	require.Equal(t, u.ID, got.ID)
	require.True(t, d.lives(se))

	won := 0
	for _, err := range atOnce(10, func(i int) error {
		_, err := d.UseReset(t.Context(), models.Actor{IP: "198.51.100.7", RequestID: "request-1"}, sum("second"), fmt.Sprint("new", i))
		return err
	}) {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, models.ErrBadResetToken)
	}
	require.Equal(t, 1, won)
	require.False(t, d.lives(se))
	require.Regexp(t, `^new\d$`, must(d.UserByID(t.Context(), u.ID)).PasswordHash)
	require.Equal(t, []string{
		"user.reset_issued by " + admin.Email, "user.reset_issued by " + admin.Email, "password.reset by " + u.Email,
	}, d.audited(u.ID))

	_, err = d.IssueReset(t.Context(), by(admin), u.ID, sum("late"), time.Hour)
	require.NoError(t, err)
	d.sql(`UPDATE password_resets SET expires_at = now() - interval '1 second'`)
	_, err = d.UseReset(t.Context(), models.Actor{}, sum("late"), "late")
	require.ErrorIs(t, err, models.ErrBadResetToken, "expired")
	_, err = d.IssueReset(t.Context(), by(admin), id(), sum("x"), time.Hour)
	require.ErrorIs(t, err, models.ErrNotFound)
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	d := open(t)
	few := models.Charge{Key: []byte("few"), Burst: 3, Interval: 10 * time.Hour} // long: no test is slow enough to fill it
	many := models.Charge{Key: []byte{0, 0xff}, Burst: 1000, Interval: 10 * time.Hour}
	charge := func() []models.Allowance {
		got, err := d.Charge(t.Context(), []models.Charge{many, few})
		require.NoError(t, err)
		return got
	}
	for n := 1; n <= 3; n++ {
		before := d.Statements()
		got := charge()
		require.True(t, got[0].Allowed && got[1].Allowed)
		require.InDelta(t, float64(n)*few.Interval.Seconds(), got[1].Debt.Seconds(), 60)
		require.LessOrEqual(t, d.Statements()-before, int64(2), "one statement, and rarely one more to sweep")
	}
	got := charge()
	require.True(t, got[0].Allowed, "each by itself")
	require.False(t, got[1].Allowed)
	require.InDelta(t, 3*few.Interval.Seconds(), got[1].Debt.Seconds(), 60)
	require.NoError(t, d.Refund(t.Context(), []models.Charge{few}))
	require.True(t, charge()[1].Allowed)
	require.False(t, charge()[1].Allowed)
	require.NoError(t, d.Refund(t.Context(), nil))
	require.NoError(t, d.Refund(t.Context(), []models.Charge{{Key: []byte("unknown"), Burst: 1, Interval: time.Hour}}))

	d.sql(`UPDATE rate_limits SET full_at = now() + interval '29 hours' WHERE key = 'few'`)
	require.False(t, charge()[1].Allowed, "not before a whole token is there again")
	d.sql(`UPDATE rate_limits SET full_at = now() + interval '19 hours 59 minutes' WHERE key = 'few'`)
	require.True(t, charge()[1].Allowed)
	d.sql(`UPDATE rate_limits SET full_at = now() - interval '100 hours' WHERE key = 'few'`)
	require.InDelta(t, few.Interval.Seconds(), charge()[1].Debt.Seconds(), 60, "a bucket does not grow past its burst")
}

// Many processes charge the same buckets, in whatever order: never more than
// there is, and nobody waits for ever.
func TestRateLimitsHoldAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	keys := []string{"a", "b", "c"}
	allowed := make([][3]bool, 60)
	requireAll(t, atOnce(len(allowed), func(i int) error {
		charges := make([]models.Charge, 3)
		for n := range charges {
			at := (n*(i%2*2-1) + i + 3) % 3 // each order
			charges[n] = models.Charge{Key: []byte(keys[at]), Burst: 10 * (at + 1), Interval: time.Hour}
		}
		got, err := d.Charge(t.Context(), charges)
		for n := range got {
			allowed[i][(n*(i%2*2-1)+i+3)%3] = got[n].Allowed
		}
		return errors.Join(err, d.Refund(t.Context(), []models.Charge{{Key: []byte("z"), Burst: 1, Interval: time.Hour}}))
	}))
	for at := range keys {
		count := 0
		for _, a := range allowed {
			if a[at] {
				count++
			}
		}
		require.Equal(t, 10*(at+1), count)
	}
}
