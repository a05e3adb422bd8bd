package models

import "time"

// TokenScope is what a personal access token may be used for. Wire format.
// None of them includes another.
type TokenScope string

// The scopes of personal access tokens.
const (
	ScopeRead  TokenScope = "read"  // look at what its user may see
	ScopeWrite TokenScope = "write" // change it
	ScopeAdmin TokenScope = "admin" // act as admin, where the user is one
)

// AccessToken is a personal access token: a credential for programs, of which
// only the hash is kept. Without ExpiresAt it is good until it is deleted.
type AccessToken struct {
	ID         string
	UserID     string
	Name       string
	TokenHash  []byte // SHA-256
	Scopes     []TokenScope
	CreatedAt  time.Time
	LastUsedAt *time.Time // to the minute
	ExpiresAt  *time.Time
}

// UserFilter selects accounts, newest first. Q matches a part of the name or
// of the e-mail address, whatever its case; empty fields match all. Limit is 1 to 200.
type UserFilter struct {
	Q      string
	Role   Role
	Status UserStatus
	Limit  int
	Cursor string
}

// UserChange is what an admin changes of an account; nil leaves it as it is.
type UserChange struct {
	Name       *string
	Role       *Role
	Status     *UserStatus
	QuotaBytes *int64
	QuotaFiles *int64
}

// Charge is one try to be counted against a bucket: it holds Burst tokens at
// most and gets one back per Interval.
type Charge struct {
	Key      []byte
	Burst    int
	Interval time.Duration
}

// Allowance is what became of a Charge. Debt is the time until the bucket is
// full again, this charge included if it was allowed.
type Allowance struct {
	Allowed bool
	Debt    time.Duration
}
