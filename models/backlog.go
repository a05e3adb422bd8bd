package models

import "time"

// Backlog is what waits, by the rows. Counts end at BacklogLimit.
type Backlog struct {
	Uploads        []StateBacklog // of every state that is not final
	Deliveries     int64          // to webhooks, neither done nor given up
	OldestDelivery time.Duration  // its age; 0: there is none
	Held           int64          // in quarantine
}

// BacklogLimit is where counting what waits ends: past it nobody needs the number.
const BacklogLimit = 100_000

// StateBacklog is how many uploads are in a state, and the age of the oldest.
type StateBacklog struct {
	State  UploadState
	Count  int64
	Oldest time.Duration // 0: there is none
}
