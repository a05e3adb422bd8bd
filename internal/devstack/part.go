// Package devstack starts Safelight and everything it needs on one machine,
// keeps it running, and stops it: the inside of "safelight dev" and of the
// services that tests run against. Each program is a Part; a Supervisor starts
// parts, waits until they answer a real question, starts again what dies, and
// stops all of them in reverse order.
package devstack

import (
	"context"
	"syscall"
	"time"
)

// Part is one program of a stack and how to deal with it.
type Part struct {
	// Name is short, lower-case and unique: the name of its log and of its pid.
	Name string
	// Prepare does what has to be done before each start, such as clearing what
	// a killed run has left, and says how to start. Safe to run again.
	Prepare func(ctx context.Context) (Command, error)
	// Ready asks the part one real question; nil means that it does its work.
	Ready func(ctx context.Context) error
	// StopSignal asks it to end; 0 is SIGTERM. Grace is how long it may take
	// over that before it is killed; 0 is 10 s.
	StopSignal syscall.Signal
	Grace      time.Duration
	// Patience is how long it may take from the start to being ready; 0 is 60 s.
	Patience time.Duration
	// Advice is what to do when it can not be started, for people.
	Advice string
	// Echo shows its lines on the terminal too, and not in its log alone.
	Echo bool
}

func (p *Part) stopSignal() syscall.Signal {
	if p.StopSignal == 0 {
		return syscall.SIGTERM
	}
	return p.StopSignal
}

func (p *Part) grace() time.Duration {
	if p.Grace == 0 {
		return 10 * time.Second
	}
	return p.Grace
}

func (p *Part) patience() time.Duration {
	if p.Patience == 0 {
		return time.Minute
	}
	return p.Patience
}
