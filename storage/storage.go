// Package storage is the object store: two private buckets of immutable
// objects under keys made of ids. Folder keeps them on a local disk, Supabase in
// Supabase Storage; both are held to the same suite, storage/storagetest.
package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Bucket names a bucket by its purpose; a driver maps it to a real name.
type Bucket string

// The buckets.
const (
	// Tmp holds what is on its way (uploads/<id>/…) and what is locked up (quarantine/<id>).
	Tmp Bucket = "tmp"
	// Final holds what files show (blobs/<id>/<variant>).
	Final Bucket = "final"
)

// Ref names an object.
type Ref struct {
	Bucket Bucket `json:"bucket"`
	Key    string `json:"key"`
}

// String is bucket/key.
func (r Ref) String() string { return string(r.Bucket) + "/" + r.Key }

// Info describes a stored object. Size is in bytes.
type Info struct {
	Ref         Ref
	Size        int64
	ContentType string
	ModTime     time.Time
}

// The failures a caller can tell apart, with errors.Is. Anything else is a
// fault of the moment and may be tried again.
var (
	ErrNotFound   = errors.New("object not found")
	ErrExists     = errors.New("object exists")
	ErrInvalidKey = errors.New("invalid object key")
	// ErrShort: the reader ended before or after the announced size; nothing is stored.
	ErrShort = errors.New("object size differs from the announced one")
	// ErrTooLarge: more bytes than the store takes; nothing is stored, and no retry helps.
	ErrTooLarge = errors.New("object is larger than the store takes")
	// ErrUnavailable: the store did not answer, or not now. What was asked for may
	// have been done all the same.
	ErrUnavailable = errors.New("object store unavailable")
)

// Provisioner is a Store whose buckets have to be made before it can be used.
type Provisioner interface {
	// EnsureBuckets makes the buckets that are missing, and makes those that are
	// there private and limited as they should be. Doing it again changes nothing.
	EnsureBuckets(ctx context.Context) error
}

// Signer is a Store that lets others download an object for a while, so that
// its bytes need not pass through this process.
type Signer interface {
	// SignedURL is a URL that answers GET and HEAD, also in ranges, without any
	// credentials until validFor (whole seconds, at least one) is over. With a
	// name, browsers save the object under it. ErrNotFound without an object.
	SignedURL(ctx context.Context, ref Ref, validFor time.Duration, name string) (string, error)
	// SignedOrigin is what those URLs begin with, such as https://objects.example.org:
	// the origin that a page has to allow its pictures to come from.
	SignedOrigin() string
}

// Sweeper is a Store that keeps, apart from its objects, bytes on their way in,
// which stay behind when a process is killed.
type Sweeper interface {
	// SweepStaged removes such bytes that nobody has added to since before.
	SweepStaged(ctx context.Context, before time.Time) error
}

// Page is a part of a listing in key order. Next is empty at the end.
type Page struct {
	Objects []Info
	Next    string
}

// Store is an object store. Every method obeys its context, may be called from
// many goroutines, and refuses a key that CheckKey refuses before anything else.
type Store interface {
	// Put stores the bytes of r, replacing what is there, and returns their
	// number. size is the exact number of bytes, or -1 if unknown. Either the
	// whole object becomes visible or nothing does: r failing, r ending early
	// or the context ending leaves what was there. An error of r is returned wrapped.
	Put(ctx context.Context, ref Ref, r io.Reader, size int64, contentType string) (int64, error)
	// Open streams an object from offset, or ErrNotFound. length < 0 means to
	// the end, as does one that reaches beyond it; from an offset at or behind
	// the end there is nothing to read. Info tells the whole object's size.
	// The caller closes the reader.
	Open(ctx context.Context, ref Ref, offset, length int64) (io.ReadCloser, Info, error)
	// Stat describes an object, or ErrNotFound.
	Stat(ctx context.Context, ref Ref) (Info, error)
	// Move renames an object, also across buckets, in one step that can not be
	// seen half done and never overwrites: ErrNotFound without a source,
	// ErrExists where the target is taken. Of many movers exactly one wins.
	Move(ctx context.Context, from, to Ref) error
	// Delete removes objects. Removing what is gone succeeds.
	Delete(ctx context.Context, refs ...Ref) error
	// List returns up to limit objects whose key starts with prefix, after
	// cursor, in key order; stable while objects are deleted. A limit outside
	// 1 to 1000 counts as 1000. CheckPrefix says what may be a prefix.
	List(ctx context.Context, bucket Bucket, prefix, cursor string, limit int) (Page, error)
	// Ready fails when the store can not be used now.
	Ready(ctx context.Context) error
}

// maxKey keeps keys below what every known backend takes; maxList is the
// longest page of a listing.
const (
	maxKey  = 200
	maxList = 1000
)

// CheckKey accepts lower-case letters, digits, '-', '_', '.' and single
// slashes between components that are not made of dots alone, 200 bytes at
// most. What it refuses could cut a URL short or climb out of a bucket.
func CheckKey(key string) error {
	if key == "" || len(key) > maxKey {
		return fmt.Errorf("%w: length %d", ErrInvalidKey, len(key))
	}
	for part := range strings.SplitSeq(key, "/") {
		if strings.Trim(part, ".") == "" {
			return fmt.Errorf("%w: %q", ErrInvalidKey, key)
		}
		for i := range len(part) {
			c := part[i]
			ok := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
			if !ok {
				return fmt.Errorf("%w: %q", ErrInvalidKey, key)
			}
		}
	}
	return nil
}

// CheckPrefix accepts what a key can begin with: nothing, a key, or a key with
// a slash behind it.
func CheckPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	return CheckKey(strings.TrimSuffix(prefix, "/"))
}

// Keys of the objects of one upload. Made of ids, never of names or hashes, so
// that an undo can not touch what another upload shares.

// UploadPrefix is where everything on its way for an upload lies, in Tmp.
func UploadPrefix(uploadID string) string { return "uploads/" + uploadID + "/" }

// OriginalRef is the object as it came in.
func OriginalRef(uploadID string) Ref {
	return Ref{Bucket: Tmp, Key: UploadPrefix(uploadID) + "original"}
}

// PartRef is a part of an upload that comes in several requests: where it
// begins, and which of those requests wrote it.
func PartRef(uploadID string, start int64, writer string) Ref {
	return Ref{Bucket: Tmp, Key: fmt.Sprintf("%sparts/%015d-%s", UploadPrefix(uploadID), start, writer)}
}

// StagedRef is a compressed variant that has not been moved yet.
func StagedRef(uploadID, variant string) Ref {
	return Ref{Bucket: Tmp, Key: UploadPrefix(uploadID) + "out/" + variant}
}

// QuarantineRef is where an infected original is locked up.
func QuarantineRef(uploadID string) Ref {
	return Ref{Bucket: Tmp, Key: "quarantine/" + uploadID}
}

// BlobPrefix is where the variants of a blob lie, in Final.
func BlobPrefix(blobID string) string { return "blobs/" + blobID + "/" }

// VariantRef is a variant of a blob.
func VariantRef(blobID, variant string) Ref {
	return Ref{Bucket: Final, Key: BlobPrefix(blobID) + variant}
}
