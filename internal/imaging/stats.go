package imaging

import "sync/atomic"

// Stats is the state of a pool at a moment.
type Stats struct {
	Children int // that it keeps
	Busy     int // of them, that work on a picture or are about to
	Waiting  int // pictures that wait for one of them
	// Since the start of the pool: children that were started, that ended on a
	// picture, and that were replaced after doing their share.
	Started, Crashed, Retired int64
}

// counts are kept for Stats.
type counts struct{ busy, waiting, started, crashed, retired atomic.Int64 }

// Stats is the state of the pool now.
func (p *Pool) Stats() Stats {
	return Stats{
		Children: p.config.Children, Busy: int(p.counts.busy.Load()), Waiting: int(p.counts.waiting.Load()),
		Started: p.counts.started.Load(), Crashed: p.counts.crashed.Load(), Retired: p.counts.retired.Load(),
	}
}
