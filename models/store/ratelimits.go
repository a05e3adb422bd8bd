package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"safelight/models"
)

// sweepOneIn is how often a charge also removes the buckets that are full
// again, on average: they are as good as none.
const sweepOneIn = 500

// chargeRow is a charge on its way into a statement.
type chargeRow struct {
	Key   string  `json:"key"`
	Burst int     `json:"burst"`
	Every float64 `json:"every"` // seconds
}

// debtRow is a bucket as a statement left it.
type debtRow struct {
	Key  string  `gorm:"column:key"`
	Debt float64 `gorm:"column:debt"` // seconds
}

func (r debtRow) debt() time.Duration { return max(0, time.Duration(r.Debt*float64(time.Second))) }

func chargesJSON(charges []models.Charge) (string, error) {
	rows := make([]chargeRow, len(charges))
	for i, c := range charges {
		rows[i] = chargeRow{Key: hex.EncodeToString(c.Key), Burst: c.Burst, Every: c.Interval.Seconds()}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return "", fmt.Errorf("write charges: %w", err)
	}
	return string(text), nil
}

// Charge counts a try against each of some buckets with different keys, which
// all processes share, and answers in their order. Each is charged by itself:
// one that refuses takes nothing, and the others keep what they took. One
// statement, and another one where a bucket refuses.
func (s *Store) Charge(ctx context.Context, charges []models.Charge) ([]models.Allowance, error) {
	text, err := chargesJSON(charges)
	if err != nil {
		return nil, err
	}
	if rand.N(sweepOneIn) == 0 {
		if _, err := exec(s.conn(ctx), `DELETE FROM rate_limits WHERE full_at < now()`); err != nil {
			return nil, fail("sweep rate limits", err)
		}
	}
	var taken []debtRow
	err = again(ctx, func() (err error) {
		// In the order of the keys, so that two tries never wait for each other.
		taken, err = every[debtRow](s.conn(ctx), `
			INSERT INTO rate_limits AS l (key, full_at, capacity)
			SELECT decode(c.key, 'hex'), now() + make_interval(secs => c.every), make_interval(secs => c.every * c.burst)
			  FROM jsonb_to_recordset($1::jsonb) AS c (key text, burst int, every float8) ORDER BY c.key
			ON CONFLICT (key) DO UPDATE
			   SET full_at = greatest(l.full_at, now()) + (excluded.full_at - now()), capacity = excluded.capacity
			 WHERE greatest(l.full_at, now()) + (excluded.full_at - now()) <= now() + excluded.capacity
			RETURNING encode(key, 'hex') AS key, extract(epoch FROM full_at - now())::float8 AS debt`, text)
		return err
	})
	if err != nil {
		return nil, fail("charge rate limits", err)
	}
	out, refused := allowances(charges, taken)
	if len(refused) == 0 {
		return out, nil
	}
	return s.refusals(ctx, charges, out, refused)
}

// allowances puts what was taken into the order of the charges and lists the
// places of those that were refused.
func allowances(charges []models.Charge, taken []debtRow) (out []models.Allowance, refused []int) {
	byKey := make(map[string]debtRow, len(taken))
	for _, row := range taken {
		byKey[row.Key] = row
	}
	out = make([]models.Allowance, len(charges))
	for i, c := range charges {
		if row, ok := byKey[hex.EncodeToString(c.Key)]; ok {
			out[i] = models.Allowance{Allowed: true, Debt: row.debt()}
		} else {
			refused = append(refused, i)
		}
	}
	return out, refused
}

// refusals reads how far away from full the buckets are that refused.
func (s *Store) refusals(ctx context.Context, charges []models.Charge, out []models.Allowance, refused []int) ([]models.Allowance, error) {
	asked := make([]models.Charge, len(refused))
	for i, at := range refused {
		asked[i] = charges[at]
	}
	text, err := chargesJSON(asked)
	if err != nil {
		return nil, err
	}
	rows, err := every[debtRow](s.conn(ctx), `
		SELECT encode(l.key, 'hex') AS key, extract(epoch FROM l.full_at - now())::float8 AS debt
		  FROM rate_limits l JOIN jsonb_to_recordset($1::jsonb) AS c (key text) ON l.key = decode(c.key, 'hex')`, text)
	if err != nil {
		return nil, fail("read rate limits", err)
	}
	for _, row := range rows {
		for _, at := range refused {
			if hex.EncodeToString(charges[at].Key) == row.Key {
				out[at].Debt = row.debt()
			}
		}
	}
	return out, nil
}

// Refund gives back what Charge has taken.
func (s *Store) Refund(ctx context.Context, charges []models.Charge) error {
	if len(charges) == 0 {
		return nil
	}
	text, err := chargesJSON(charges)
	if err != nil {
		return err
	}
	return fail("refund rate limits", again(ctx, func() error {
		_, err := exec(s.conn(ctx), `
			WITH c AS (
				SELECT l.key, make_interval(secs => c.every) AS every
				  FROM rate_limits l JOIN jsonb_to_recordset($1::jsonb) AS c (key text, every float8) ON l.key = decode(c.key, 'hex')
				 ORDER BY l.key FOR UPDATE OF l
			)
			UPDATE rate_limits l SET full_at = l.full_at - c.every FROM c WHERE l.key = c.key`, text)
		return err
	}))
}
