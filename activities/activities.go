// Package activities holds the steps of the pipeline, one per file, as
// Temporal activities. Each is safe to run twice with the same input: keys and
// row ids come from the input, and what was done before is recognised.
package activities

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"safelight/models"
	"safelight/storage"
)

// Activities is the set of steps with what they need. All fields are required.
type Activities struct {
	Objects   storage.Store
	Rows      Rows
	Scanner   Scanner
	Codec     Codec
	Starter   Starter
	Assembler Assembler
	WorkDir   string // local folder for files that a codec works on
}

// Scanner judges a stream of bytes. An error is never "clean".
type Scanner interface {
	Scan(ctx context.Context, r io.Reader, size int64) (Verdict, error)
}

// Verdict is what a scanner says of bytes that it did judge, or could not by
// its own limits. Exactly one of the three holds: clean (the zero value is
// not clean, so that a forgotten assignment never passes), infected, or
// unscannable.
type Verdict struct {
	Clean       bool   `json:"clean"`
	Signature   string `json:"signature,omitempty"`   // infected by this
	Unscannable string `json:"unscannable,omitempty"` // which limit
}

// Codec turns an original into its variants, in a child process.
type Codec interface {
	// Compress reads the file at source and writes variants into outDir. A
	// *models.Rejection is the answer for bytes that are not a good image;
	// ErrCodecCrashed (wrapped) means that the child ended on these bytes.
	Compress(ctx context.Context, source, outDir string, settings CodecSettings) (CodecResult, error)
}

// CodecSettings say how to compress. They travel in the workflow's input,
// since workers may be configured differently; Fingerprint is part of a blob's identity.
type CodecSettings struct {
	MaxSide     int `json:"maxSide"`     // px, long side of full
	PreviewSide int `json:"previewSide"` // px
	ThumbSide   int `json:"thumbSide"`   // px
	// Format is webp, as is "" in the input of older workflows, or avif.
	Format string `json:"format,omitempty"`
	// MinSSIM is the likeness to look for the smallest file of; 0, as in the
	// input of older workflows: the quality is fixed.
	MinSSIM   float64 `json:"minSSIM,omitempty"`
	Quality   int     `json:"quality"`   // WebP, 1..100; of previews at most this
	MaxPixels int64   `json:"maxPixels"` // over all frames
	MaxFrames int     `json:"maxFrames"`
	// KeepOriginal has the bytes as uploaded stored beside the variants.
	KeepOriginal bool `json:"keepOriginal,omitempty"`
}

// Fingerprint names the settings that decide what is stored. Limits do not:
// they only decide whether anything is. Blobs with the original and without are
// different ones, so that nobody's original is kept who was not told so. A name
// that rows carry stays.
func (s CodecSettings) Fingerprint() string {
	name := s.look()
	if s.KeepOriginal {
		name += "-original"
	}
	return name
}

// look names the settings that decide how the variants look.
func (s CodecSettings) look() string {
	if s.MinSSIM > 0 || (s.Format != "" && s.Format != "webp") {
		return fmt.Sprintf("v2-full%d-preview%d-thumb%d-%s-ssim%g-q%d",
			s.MaxSide, s.PreviewSide, s.ThumbSide, cmp.Or(s.Format, "webp"), s.MinSSIM, s.Quality)
	}
	return fmt.Sprintf("v1-full%d-preview%d-thumb%d-q%d", s.MaxSide, s.PreviewSide, s.ThumbSide, s.Quality)
}

// CodecResult is what came of an image.
type CodecResult struct {
	Variants  []CodecVariant
	Source    CodecSource
	Thumbhash []byte
	PHash     uint64
	Likeness  []byte
	Decision  CodecDecision
	Message   string // the decision for people
}

// CodecDecision is how the full variant came to be what it is. Where the
// original was kept, Quality, Lossless, NearLossless, SSIM and Tries are of the
// encoded picture that was not worth it.
type CodecDecision struct {
	Format       string  `json:"format"`                 // as people write it: WebP, AVIF, or that of a kept original
	Quality      int     `json:"quality,omitempty"`      // of a lossy encoder, 1..100
	Lossless     bool    `json:"lossless,omitempty"`     // nothing that is seen has changed
	NearLossless int     `json:"nearLossless,omitempty"` // WebP's level, 1..99; 0: it was not used
	SSIM         float64 `json:"ssim,omitempty"`         // on luma, against the decoded original; 0: not measured
	MinSSIM      float64 `json:"minSSIM,omitempty"`      // that was asked for
	Tries        int     `json:"tries"`                  // encodes, on a sample and on the whole
	BytesBefore  int64   `json:"bytesBefore"`            // of the file as it came
	BytesAfter   int64   `json:"bytesAfter"`             // of the full variant
	Kept         bool    `json:"kept,omitempty"`         // the original's own bytes, without metadata
	Refused      string  `json:"refused,omitempty"`      // format of the encoded picture that was not worth it
	BytesRefused int64   `json:"bytesRefused,omitempty"`
	Frames       int     `json:"frames"` // of the original: animations keep all, others the first
}

// CodecSource describes the original, upright.
type CodecSource struct {
	MIMEType      string
	Width, Height int
}

// CodecVariant is one written file.
type CodecVariant struct {
	Name          string
	Path          string
	MIMEType      string
	Width, Height int
	Size          int64
	SHA256        string
}

// Starter starts the workflow of an upload; one that runs already, or that
// ended well, is success.
type Starter interface {
	StartUpload(ctx context.Context, up *models.Upload) error
}

// Assembler puts an upload together of which every byte has come in parts, and
// accepts it. One that was, or that ended meanwhile, is success.
type Assembler interface {
	Assemble(ctx context.Context, uploadID string) error
}

// Rows is the part of models/store that the steps use.
type Rows interface {
	QuarantineRows
	IntegrityRows

	// Announce leaves the coarse picture (step, percent, seq) in the row of an
	// upload that is not final, sets it back from stalled to processing, and
	// wakes its watchers. An older seq changes nothing but still wakes.
	Announce(ctx context.Context, m Mark, action string) error
	// ClaimContent claims sha256 for the upload's owner.
	ClaimContent(ctx context.Context, uploadID, ownerID, sha256 string) (models.Claim, error)
	// AdoptBlob makes a stored blob the upload's: the row that is there already
	// for the same hash and settings wins and is returned, else blob is inserted.
	AdoptBlob(ctx context.Context, uploadID string, blob models.Blob) (models.Blob, error)
	// AdoptedBlob is the id of the blob that the upload has adopted, or "".
	AdoptedBlob(ctx context.Context, uploadID string) (string, error)
	// DropBlob removes the upload's own blob row (id = uploadID) if no version
	// and no other upload refers to it, and reports whether objects under that
	// id belong to nobody now.
	DropBlob(ctx context.Context, uploadID string) (orphaned bool, err error)
	// CreateVersion ends the upload's content: see store.
	CreateVersion(ctx context.Context, uploadID string) (models.VersionResult, error)
	// FinishUpload puts the upload into a final state, inserts its notification
	// and releases its claim, in one transaction. Twice the same call is once.
	FinishUpload(ctx context.Context, f models.Finish) error
	// StallUpload marks it stalled and tells its owner and the admins. One that
	// is final is ErrAlreadyFinished.
	StallUpload(ctx context.Context, s models.Stall) error

	// UploadState reads the state of an upload alone.
	UploadState(ctx context.Context, uploadID string) (models.UploadState, error)
	// UnstartedUploads lists uploads in processing that show no sign of a
	// workflow: never announced for `grace`, or silent for `silence`.
	UnstartedUploads(ctx context.Context, grace, silence time.Duration, limit int) ([]models.Upload, error)
	// AbandonReceiving fails uploads that are receiving since before the given
	// time, and returns their ids.
	AbandonReceiving(ctx context.Context, before time.Time, limit int) ([]string, error)
	// CompleteTus lists uploads of which every byte has come in parts, and which
	// nobody puts together.
	CompleteTus(ctx context.Context, limit int) ([]string, error)
	// PurgeTrash deletes for good the files trashed before the given time.
	PurgeTrash(ctx context.Context, before time.Time, limit int) (int, error)
	// UnpurgedUsers lists deleted users of whom files or names are left, and
	// PurgeUser removes up to limit of these; more reports that some may be left.
	UnpurgedUsers(ctx context.Context, limit int) ([]string, error)
	PurgeUser(ctx context.Context, id string, limit int) (more bool, err error)
	// BlobExists reports whether there is a blob with this id.
	BlobExists(ctx context.Context, blobID string) (bool, error)
	// CollectBlobs deletes the rows of blobs that nothing refers to since
	// before the given time and returns their ids; the caller deletes objects.
	CollectBlobs(ctx context.Context, before time.Time, limit int) ([]string, error)
}

// Mark heads the input of every step: whose it is and which picture of the
// upload its start stands for.
type Mark = models.Mark
