package api

import (
	"context"
	"time"

	"safelight/models"
)

// Users is the part of the store about accounts and what they are used with.
type Users interface {
	Sessions
	AccessTokens
	Passes
	ManagedUsers

	CreateUser(ctx context.Context, u models.User) error
	UserByID(ctx context.Context, id string) (models.User, error)
	// UserForSignIn leaves UsedBytes out, to take one time for every account.
	UserForSignIn(ctx context.Context, email string) (models.User, error)
	UpdateUserName(ctx context.Context, id, name string) (models.User, error)
}

// Sessions is the part of the store about sessions.
type Sessions interface {
	// CreateSession is models.ErrInvalidCredentials if the password is another by now.
	CreateSession(ctx context.Context, s models.Session, passwordHash string) error
	SessionUser(ctx context.Context, sessionID string, idle time.Duration) (models.User, models.Session, error)
	RotateSession(ctx context.Context, oldHash, newHash []byte, idle time.Duration) (models.User, models.Session, error)
	RevokeSession(ctx context.Context, by models.Actor, sessionID string) error
	ListSessions(ctx context.Context, userID string, idle time.Duration, limit int, cursor string) (models.Page[models.Session], error)
	EndSession(ctx context.Context, by models.Actor, userID, sessionID string, idle time.Duration) error
	// KnownAddress reports whether the account has been signed in to from there.
	KnownAddress(ctx context.Context, email, ip string) (bool, error)
	// AnySession reports whether anybody has ever signed in.
	AnySession(ctx context.Context) (bool, error)
}

// AccessTokens is the part of the store about personal access tokens.
type AccessTokens interface {
	CreateToken(ctx context.Context, by models.Actor, t models.AccessToken, limit int) (models.AccessToken, error)
	ListTokens(ctx context.Context, userID string, limit int, cursor string) (models.Page[models.AccessToken], error)
	DeleteToken(ctx context.Context, by models.Actor, userID, id string) error
	TokenUser(ctx context.Context, tokenHash []byte) (models.User, models.AccessToken, error)
}

// Passes is the part of the store about changing passwords.
type Passes interface {
	ChangePassword(ctx context.Context, by models.Actor, userID, keepSession, old, fresh string) error
	IssueReset(ctx context.Context, by models.Actor, userID string, tokenHash []byte, lives time.Duration) (time.Time, error)
	ResetUser(ctx context.Context, tokenHash []byte) (models.User, error)
	UseReset(ctx context.Context, from models.Actor, tokenHash []byte, passwordHash string) (models.User, error)
}

// ManagedUsers is the part of the store about what admins do to accounts.
type ManagedUsers interface {
	ListUsers(ctx context.Context, f models.UserFilter) (models.Page[models.User], error)
	AddUser(ctx context.Context, by models.Actor, u models.User, resetHash []byte, lives time.Duration) (time.Time, error)
	UpdateUser(ctx context.Context, by models.Actor, id string, c models.UserChange) (models.User, error)
	EndSessions(ctx context.Context, by models.Actor, userID string) error
	DeleteUser(ctx context.Context, by models.Actor, id string) ([]models.Upload, error)
	PurgeUser(ctx context.Context, id string, limit int) (more bool, err error)
}

// Buckets are token buckets that all API processes share.
type Buckets interface {
	// Charge takes one from each bucket, by itself, and answers in their order.
	Charge(ctx context.Context, charges []models.Charge) ([]models.Allowance, error)
	// Refund gives back what was taken.
	Refund(ctx context.Context, charges []models.Charge) error
}
