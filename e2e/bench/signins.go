package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"safelight/internal/auth"
)

// signInReport says what everybody else feels of many people signing in at the
// same time: argon2id costs much on purpose, and only so many are at work at once.
type signInReport struct {
	AtOnce       int     `json:"signInsAtOnce"`
	SignedIn     int     `json:"signedIn"`
	PerSecond    float64 `json:"signInsPerSecond"`
	HashesAtOnce int     `json:"argon2idAtOnce"` // at most, of one API process
	HashMiB      float64 `json:"argon2idMiBEach"`
	// Calls are how long other calls take meanwhile, beside how long they take
	// while nothing else goes on.
	Calls map[string]comparison `json:"calls"`
}

type comparison struct {
	Quiet    quantiles `json:"quiet"`
	During   quantiles `json:"during"`
	RatioP50 float64   `json:"ratioP50"`
	RatioP95 float64   `json:"ratioP95"`
}

// others are the calls of everybody else. The first needs nothing but the
// process, the others read the database.
var others = []string{"/healthz", "/api/v1/me", "/api/v1/files"}

// measureSignIns has fifty people sign in again and again.
func measureSignIns(ctx context.Context, s *stack) (signInReport, error) {
	const people, each, quiet = 50, 8, 100
	out := signInReport{
		AtOnce: people, SignedIn: people * each, Calls: map[string]comparison{},
		HashesAtOnce: auth.HashesAtOnce(), HashMiB: float64(auth.DefaultParameters().Memory) / 1024,
	}
	l := &lister{base: s.dev.APIURL + "/api/v1", client: &http.Client{Timeout: time.Minute}}
	emails := make([]string, people)
	for i := range emails {
		emails[i] = "p-" + uuid.NewString() + "@example.org"
		if _, err := l.register(ctx, emails[i]); err != nil {
			return out, err
		}
	}
	l = &lister{base: s.dev.APIURL, client: l.client, token: l.token} // of the last; what is asked is not all below the API's path
	before := map[string]quantiles{}
	for _, path := range others {
		q, _, err := l.times(ctx, quiet, path)
		if err != nil {
			return out, err
		}
		before[path] = q
	}
	took, err := l.whileSigningIn(ctx, s.dev.APIURL+"/api/v1", emails, each, &out)
	if err != nil {
		return out, err
	}
	for _, path := range others {
		c := comparison{Quiet: before[path], During: quantilesOf(took[path])}
		c.RatioP50, c.RatioP95 = c.During.P50MS/c.Quiet.P50MS, c.During.P95MS/c.Quiet.P95MS
		out.Calls["GET "+path] = c
	}
	return out, nil
}

// whileSigningIn asks for everything in turn until all have signed in.
func (l *lister) whileSigningIn(ctx context.Context, base string, emails []string, each int, out *signInReport) (map[string][]time.Duration, error) {
	group, ctx := errgroup.WithContext(ctx)
	var signingIn sync.WaitGroup
	begin := time.Now()
	for _, email := range emails {
		signingIn.Add(1)
		group.Go(func() error {
			defer signingIn.Done()
			for range each {
				if err := (&lister{base: base, client: l.client}).signIn(ctx, email); err != nil {
					return err
				}
			}
			return nil
		})
	}
	ended := make(chan struct{})
	go func() {
		signingIn.Wait()
		out.PerSecond = float64(out.SignedIn) / time.Since(begin).Seconds()
		close(ended)
	}()
	took := map[string][]time.Duration{}
	group.Go(func() error {
		for {
			for _, path := range others {
				t, err := l.get(ctx, path, nil)
				if err != nil {
					return err
				}
				took[path] = append(took[path], t)
			}
			select {
			case <-ended:
				return nil
			default:
			}
		}
	})
	err := group.Wait()
	<-ended
	return took, err //nolint:wrapcheck // ours
}
