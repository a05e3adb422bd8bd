package models

import "time"

// Share is a public link to a file: whoever has it sees the file's current
// version until it expires or is ended. TokenSealed is the token for whoever
// holds the key; PasswordHash is an argon2id PHC string, empty where the link
// needs no password.
type Share struct {
	ID           string
	FileID       string
	CreatedBy    string
	TokenHash    []byte // SHA-256
	TokenSealed  []byte
	PasswordHash string
	Views        int64
	LastViewedAt *time.Time
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

// MaxShares is how many links one file may have at a time.
const MaxShares = 100

// SharedFile is what a public link shows.
type SharedFile struct {
	Share Share
	File  File
}

// FileAction is what is done to many files at once. Wire format.
type FileAction string

// The actions on files.
const (
	FileTrash   FileAction = "trash"
	FileRestore FileAction = "restore"
	FileDelete  FileAction = "delete" // for good
)

// OwnedContent says that an owner has bytes with this hash, and in which file.
type OwnedContent struct {
	SHA256  string
	FileID  string
	Trashed bool
}
