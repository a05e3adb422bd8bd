// Package models holds what Safelight is about: users, uploads, files,
// versions and blobs, the states they move through, and the sentinel errors
// every other package speaks in. It imports nothing of ours.
package models
