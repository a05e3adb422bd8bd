package models

import "time"

// Variant names of a blob. Wire format.
const (
	VariantFull    = "full"
	VariantPreview = "preview"
	VariantThumb   = "thumb"

	// VariantOriginal is the bytes as uploaded, for their owner alone. A blob has
	// it only where originals are kept.
	VariantOriginal = "original"
)

// Variant is one stored rendering of a blob, an object in the final bucket.
type Variant struct {
	Name     string `json:"name"`
	Key      string `json:"key"`
	MIMEType string `json:"mimeType"`
	Size     int64  `json:"size"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	SHA256   string `json:"sha256"`
}

// Blob is stored content: unique on the hash of the bytes that were uploaded
// and the settings they were compressed with, shared by every version that
// came of the same bytes, whoever owns it. Its id is the id of the upload that
// brought it first. PHash is a 64-bit
// perceptual hash, Likeness one of 32 bytes that tells copies better; blobs of
// before there was one have none.
type Blob struct {
	ID           string
	SHA256       string // of the bytes as uploaded
	Settings     string // fingerprint of the compression settings
	OriginalSize int64
	MIMEType     string
	Width        int
	Height       int
	Thumbhash    []byte
	PHash        uint64
	Likeness     []byte
	Message      string // what compress decided, for people
	Damaged      bool   // an object of it is missing or is not what it was
	CreatedAt    time.Time
	Variants     []Variant
}

// Size is the stored bytes of the full picture.
func (b *Blob) Size() int64 {
	v, _ := b.Variant(VariantFull)
	return v.Size
}

// TotalSize is the stored bytes of all variants: what a version costs its owner's quota.
func (b *Blob) TotalSize() int64 {
	var n int64
	for _, v := range b.Variants {
		n += v.Size
	}
	return n
}

// Variant finds a variant by name.
func (b *Blob) Variant(name string) (Variant, bool) {
	for _, v := range b.Variants {
		if v.Name == name {
			return v, true
		}
	}
	return Variant{}, false
}

// File is an image that a user has. What it shows is its current version.
type File struct {
	ID             string
	OwnerID        string
	Name           string
	CurrentVersion int
	VersionCount   int
	CreatedAt      time.Time
	UpdatedAt      time.Time
	TrashedAt      *time.Time
	Current        Version
}

// Version is one state of a file's content. Number counts 1..n per file.
type Version struct {
	ID           string
	FileID       string
	Number       int
	UploadID     *string // nil for a restored version
	Blob         Blob
	CreatedAt    time.Time
	CreatedBy    string
	RestoredFrom *int
}

// SimilarFile is a file that looks like another. Distance is 0 for the same
// picture, and larger the less they have in common.
type SimilarFile struct {
	File
	Distance int
}
