package config

import "time"

// Limits are stated here alone and enforced before work is done.
type Limits struct {
	// MaxUploadBytes bounds one upload. clamd's StreamMaxLength, MaxFileSize and
	// MaxScanSize must be above it, and after a change the buckets of a Supabase
	// Storage are set anew by safelight migrate.
	MaxUploadBytes int64 `env:"MAX_UPLOAD_BYTES" envDefault:"52428800" json:"bytes"`
	// MaxPixels bounds one picture, over all its frames.
	MaxPixels int64 `env:"MAX_PIXELS" envDefault:"100000000" json:"pixels"`
	// MaxFrames bounds an animation.
	MaxFrames int `env:"MAX_FRAMES" envDefault:"1000" json:"frames"`
	// MaxNameLength bounds the name of a file, in characters.
	MaxNameLength int `env:"MAX_NAME_LENGTH" envDefault:"255" json:"nameLength"`
	// MaxUploadsPerUser bounds the uploads one user may be sending at the same time.
	MaxUploadsPerUser int `env:"MAX_UPLOADS_PER_USER" envDefault:"32" json:"concurrentUploads"`
	// MaxStreamsPerUser bounds the event streams one user may have open in one process.
	MaxStreamsPerUser int `env:"MAX_STREAMS_PER_USER" envDefault:"64" json:"eventStreams"`
}

// Retention says how long things are kept.
type Retention struct {
	// Trash is how long a file stays in the trash.
	Trash time.Duration `env:"TRASH_RETENTION" envDefault:"720h"`
	// Receiving is how long an upload that was never fully received can be resumed.
	Receiving time.Duration `env:"RECEIVING_RETENTION" envDefault:"24h"`
	// BlobGrace is how long bytes stay that nothing refers to any more.
	BlobGrace time.Duration `env:"BLOB_GRACE" envDefault:"24h"`
	// Stalled is how long a stalled upload waits for a person before it fails.
	Stalled time.Duration `env:"STALLED_RETENTION" envDefault:"168h"`
	// Quarantine is how long an infected original is kept locked up.
	Quarantine time.Duration `env:"QUARANTINE_RETENTION" envDefault:"720h"`
}

// Pipeline is what the API puts into the input of a workflow. The worker reads
// it for the workflows that its reconciler starts: give both the same.
type Pipeline struct {
	// MaxSide is the long side of what is stored at most, in pixels.
	MaxSide int `env:"IMAGE_MAX_SIDE" envDefault:"2560"`
	// PreviewSide is the long side of previews at most, in pixels.
	PreviewSide int `env:"IMAGE_PREVIEW_SIDE" envDefault:"1280"`
	// ThumbSide is the long side of thumbnails at most, in pixels.
	ThumbSide int `env:"IMAGE_THUMB_SIDE" envDefault:"400"`
	// Format is what pictures are stored as: webp or avif.
	Format string `env:"IMAGE_FORMAT" envDefault:"webp"`
	// MinSSIM is the likeness (SSIM on luma) that the stored picture has to what
	// was decoded, in the fewest bytes. 0: every picture gets IMAGE_QUALITY.
	MinSSIM float64 `env:"IMAGE_MIN_SSIM" envDefault:"0.98"`
	// Quality of WebP is that of previews at most, and of all without IMAGE_MIN_SSIM.
	Quality int `env:"IMAGE_QUALITY" envDefault:"80"`
	// KeepOriginals stores the bytes as uploaded too, for their owner alone.
	KeepOriginals bool `env:"KEEP_ORIGINALS" envDefault:"false"`
	// RetryFor is how long a step retries by itself before the upload is stalled.
	RetryFor time.Duration `env:"STEP_RETRY_FOR" envDefault:"30m"`
}

// Accounts is what a new account gets.
type Accounts struct {
	// QuotaBytes is how much it may store.
	QuotaBytes int64 `env:"DEFAULT_QUOTA_BYTES" envDefault:"10737418240"`
	// QuotaFiles is how many files it may have.
	QuotaFiles int64 `env:"DEFAULT_QUOTA_FILES" envDefault:"500000"`
}

func checkPositive[N int | int64 | time.Duration](f *faults, variable string, value N) {
	if value <= 0 {
		f.add(variable, "must be positive")
	}
}

func (l Limits) check(f *faults) {
	checkPositive(f, "MAX_UPLOAD_BYTES", l.MaxUploadBytes)
	checkPositive(f, "MAX_PIXELS", l.MaxPixels)
	checkPositive(f, "MAX_FRAMES", l.MaxFrames)
	checkPositive(f, "MAX_NAME_LENGTH", l.MaxNameLength)
	checkPositive(f, "MAX_UPLOADS_PER_USER", l.MaxUploadsPerUser)
	checkPositive(f, "MAX_STREAMS_PER_USER", l.MaxStreamsPerUser)
}

func (r Retention) check(f *faults) {
	checkPositive(f, "TRASH_RETENTION", r.Trash)
	checkPositive(f, "RECEIVING_RETENTION", r.Receiving)
	checkPositive(f, "BLOB_GRACE", r.BlobGrace)
	checkPositive(f, "STALLED_RETENTION", r.Stalled)
	checkPositive(f, "QUARANTINE_RETENTION", r.Quarantine)
}

func (p Pipeline) check(f *faults) {
	checkPositive(f, "IMAGE_MAX_SIDE", p.MaxSide)
	checkPositive(f, "IMAGE_PREVIEW_SIDE", p.PreviewSide)
	checkPositive(f, "IMAGE_THUMB_SIDE", p.ThumbSide)
	if p.Format != "webp" && p.Format != "avif" {
		f.add("IMAGE_FORMAT", "%q is neither webp nor avif", p.Format)
	}
	if p.MinSSIM < 0 || p.MinSSIM >= 1 {
		f.add("IMAGE_MIN_SSIM", "%g is not from 0 to less than 1", p.MinSSIM)
	}
	if p.Quality < 1 || p.Quality > 100 {
		f.add("IMAGE_QUALITY", "%d is not from 1 to 100", p.Quality)
	}
}

// check refuses what would make every account useless: a quota of 0 in a
// single account is a choice, in all of them a mistake.
func (a Accounts) check(f *faults) {
	checkPositive(f, "DEFAULT_QUOTA_BYTES", a.QuotaBytes)
	checkPositive(f, "DEFAULT_QUOTA_FILES", a.QuotaFiles)
}
