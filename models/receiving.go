package models

import "time"

// The row of an upload whose bytes are coming holds a place among its owner's
// open uploads, a part of the quota and an idempotency key. The process that
// receives says every ReceivingTouch that it is still there; a row that has
// been silent for ReceivingDead is of a process that was killed, and holds
// nothing any more. Four touches fit in: one that is lost or late (a database
// that fails over, a busy machine) does not cost a living upload its place,
// and a client that sends again after a crash waits a minute at most.
const (
	ReceivingTouch = 15 * time.Second
	ReceivingDead  = 60 * time.Second
)
