package models

import "time"

// Stats is the system in numbers.
type Stats struct {
	Users, Admins, Suspended int64
	Files, Trashed, Versions int64

	StoredBytes int64 // of all stored objects
	// SavedByCompression is what the originals of all stored pictures come to,
	// less their full variants.
	SavedByCompression int64
	// SavedByDedup is what would be stored besides if no content were shared:
	// between versions, and by uploads of what their owners had already.
	SavedByDedup int64

	Uploads24h map[UploadState]int64 // by the time of their beginning
	Uploads30d map[UploadState]int64
	Held       int64 // in quarantine
}

// QueueBacklog is how much waits in a task queue. Rates are tasks per second.
type QueueBacklog struct {
	Name         string
	Kind         string // workflow or activity
	Backlog      int64
	Age          time.Duration // of the oldest task that waits
	AddRate      float64
	DispatchRate float64
	Pollers      int
}
