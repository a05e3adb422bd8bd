package models

import "time"

// Role is what a user may do. Wire format.
type Role string

// The roles.
const (
	RoleUser  Role = "user"
	RoleAdmin Role = "admin"
)

// UserStatus says whether an account may be used. Wire format.
type UserStatus string

// The states of an account.
const (
	StatusActive    UserStatus = "active"
	StatusSuspended UserStatus = "suspended"
)

// DefaultQuotaFiles is how many files an account may have that was given no
// number of its own. The schema has it as the column's default.
const DefaultQuotaFiles = 500_000

// User is an account. PasswordHash is an argon2id PHC string. UsedBytes is
// what its versions' variants take up, UsedFiles the number of its files; both
// count the trash, and are read from the rows, never stored. A new account
// with a QuotaFiles of 0 gets DefaultQuotaFiles.
type User struct {
	ID           string
	Email        string
	Name         string
	Role         Role
	Status       UserStatus
	PasswordHash string
	QuotaBytes   int64
	UsedBytes    int64
	QuotaFiles   int64
	UsedFiles    int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Session is one sign-in: a family of refresh tokens of which only the newest
// counts. A token of the family used a second time ends it.
type Session struct {
	ID         string
	UserID     string
	TokenHash  []byte // SHA-256 of the newest refresh token
	UserAgent  string
	IP         string
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time // at the latest, whatever use is made of it
	RevokedAt  *time.Time
}
