package imaging

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Pool keeps child processes that compress pictures. Its methods may be called
// from many goroutines; as many pictures are worked on at once as there are
// children, the others wait.
type Pool struct {
	config  Config
	starter *starter
	slots   chan *slot // those that are free
	closing context.Context
	close   context.CancelCauseFunc
	running sync.WaitGroup // refills, and calls that hold a slot
	mu      sync.Mutex     // guards adding to running against Close
	counts  counts
}

// slot is a place for a child; child is nil where the last one ended and the
// next could not be started yet.
type slot struct{ child *child }

// NewPool starts the children and waits until each has shown that it works:
// libvips is there with all formats, and its untrusted loaders are blocked.
func NewPool(config Config) (*Pool, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := sweep(config.TempDir); err != nil { // of somebody else's, perhaps: no reason not to work
		config.Log.Warn("imaging: folders of earlier processes are left", "error", err.Error())
	}
	p := &Pool{config: config, starter: newStarter(), slots: make(chan *slot, config.Children)}
	p.closing, p.close = context.WithCancelCause(context.Background())
	if err := p.fill(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// fill starts the first child of every slot, and says once where none of them
// can be kept from the network.
func (p *Pool) fill() error {
	type start struct {
		unfiltered string
		err        error
	}
	starts := make(chan start, p.config.Children)
	for range p.config.Children {
		go func() {
			c, err := p.start(p.closing)
			p.slots <- &slot{child: c}
			if err != nil {
				starts <- start{err: err}
				return
			}
			starts <- start{unfiltered: c.unfiltered}
		}()
	}
	var failed error
	unfiltered := ""
	for range p.config.Children {
		s := <-starts
		unfiltered = cmp.Or(unfiltered, s.unfiltered)
		if failed == nil {
			failed = s.err
		}
	}
	if failed == nil && unfiltered != "" {
		p.config.Log.Warn("imaging processes are not kept from the network", "reason", unfiltered)
	}
	return failed
}

// Compress works on one picture in a child. A *models.Rejection is the answer
// for bytes that are no good image; ErrChildEnded (wrapped) means that the
// child ended on them; when ctx ends the child is killed at once and the error
// is that of ctx. Anything else is a fault of the surroundings. Files may be
// left in OutDir after an error; the same call again overwrites them.
func (p *Pool) Compress(ctx context.Context, req Request) (Result, error) {
	if err := req.check(); err != nil {
		return Result{}, err
	}
	if !p.enter() {
		return Result{}, ErrClosed
	}
	defer p.running.Done()
	began := time.Now()
	s, err := p.turn(ctx)
	if err != nil {
		return Result{}, err
	}
	waited := time.Since(began)
	p.counts.busy.Add(1)
	result, err := p.work(ctx, s, req)
	p.counts.busy.Add(-1)
	p.giveBack(s)
	if p.config.Seen != nil {
		p.config.Seen(ctx, waited, time.Since(began)-waited, err)
	}
	return result, err
}

// turn waits for a slot that is free.
func (p *Pool) turn(ctx context.Context) (*slot, error) {
	p.counts.waiting.Add(1)
	defer p.counts.waiting.Add(-1)
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for an imaging process: %w", context.Cause(ctx))
	case <-p.closing.Done():
		return nil, ErrClosed
	case s := <-p.slots:
		return s, nil
	}
}

// start starts a child.
func (p *Pool) start(ctx context.Context) (*child, error) {
	c, err := p.starter.start(ctx, p.config)
	if err == nil {
		p.counts.started.Add(1)
	}
	return c, err
}

// work uses the child in a slot, and empties the slot when the child is spent.
func (p *Pool) work(ctx context.Context, s *slot, req Request) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(p.closing, func() { cancel(ErrClosed) }) //nolint:contextcheck // the pool ends for a reason of its own
	defer stop()
	if s.child != nil && s.child.gone() { // ended while idle: nobody's picture is to blame
		p.config.Log.Warn("imaging process ended while idle", "cause", s.child.end().Error())
		s.child.discard()
		s.child = nil
	}
	if s.child == nil {
		c, err := p.start(ctx)
		if err != nil {
			return Result{}, err
		}
		s.child = c
	}
	result, err := s.child.compress(ctx, req, p.config.WallTime)
	if s.child.spent(p.config) {
		switch {
		case errors.Is(err, ErrChildEnded):
			p.counts.crashed.Add(1)
			p.config.Log.WarnContext(ctx, "imaging process ended", "cause", err.Error())
		case !s.child.broken: // it has done its share
			p.counts.retired.Add(1)
		}
		s.child.discard()
		s.child = nil
	}
	return result, err
}

// giveBack frees a slot; an empty one gets its next child first, without
// keeping the caller waiting.
func (p *Pool) giveBack(s *slot) {
	if s.child != nil || p.closing.Err() != nil || !p.enter() {
		p.slots <- s
		return
	}
	go func() {
		defer p.running.Done()
		c, err := p.start(p.closing)
		if err != nil && p.closing.Err() == nil { // the next call tries, and reports
			p.config.Log.Error("imaging process does not start", "error", err.Error())
		}
		s.child = c
		p.slots <- s
	}()
}

func (p *Pool) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing.Err() != nil {
		return false
	}
	p.running.Add(1)
	return true
}

// Close kills all children at once and waits until they are gone. Calls under
// way end with ErrClosed. Closing twice is the same as once.
func (p *Pool) Close() {
	p.mu.Lock()
	first := p.closing.Err() == nil
	p.close(ErrClosed)
	p.mu.Unlock()
	p.running.Wait()
	if !first {
		return
	}
	for range p.config.Children {
		if s := <-p.slots; s.child != nil {
			s.child.discard()
		}
	}
	p.starter.stop()
}
