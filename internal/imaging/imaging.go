// Package imaging turns an uploaded picture into what is stored and served:
// upright, sRGB, free of metadata, in three sizes. Decoding happens in child
// processes only (Pool starts them, ChildMain is their main function), so that
// a codec that crashes, hangs or eats memory costs one child and one attempt.
//
// This package knows no codec, and who imports it links none: what a child
// does with a picture is in package codec.
package imaging

import (
	"errors"
	"fmt"
)

// MaxSide is the longest side in pixels that is taken, of whatever picture.
const MaxSide = 65_000

// The failures of a Pool that are not the picture's fault, or not proven to be.
var (
	// ErrChildEnded: the child crashed, hung or reached a limit while it
	// worked on this picture. Another attempt gets another child.
	ErrChildEnded = errors.New("imaging process ended")
	// ErrClosed: the pool has been closed.
	ErrClosed = errors.New("imaging pool is closed")
	// ErrMemory is a Codec's word to its child: it could not get the memory it
	// needed, and the heap is what it is after that, so the child ends.
	ErrMemory = errors.New("memory limit reached")
)

// Request says what to do. Source is a local file that only reads; OutDir an
// existing folder that the variants are written to, over what is there. Sides
// are the limits of the long side in pixels. Every number but MinSSIM must be
// positive.
type Request struct {
	Source      string `json:"source"`
	OutDir      string `json:"outDir"`
	MaxSide     int    `json:"maxSide"`
	PreviewSide int    `json:"previewSide"`
	ThumbSide   int    `json:"thumbSide"`
	// Format is FormatWebP (as is "") or FormatAVIF.
	Format string `json:"format,omitempty"`
	// MinSSIM is the likeness that full must have to what was decoded, at the
	// smallest size: its quality is searched for. 0: it is Quality.
	MinSSIM   float64 `json:"minSSIM,omitempty"`
	Quality   int     `json:"quality"`   // of WebP, 1..100; of preview and thumb at most this
	MaxPixels int64   `json:"maxPixels"` // over all frames
	MaxFrames int     `json:"maxFrames"`
}

// check refuses settings that make no sense: a fault of the caller, not of the picture.
func (r Request) check() error {
	switch {
	case r.Source == "" || r.OutDir == "":
		return errors.New("imaging: source and output folder are needed")
	case r.MaxSide < 1 || r.PreviewSide < 1 || r.ThumbSide < 1:
		return fmt.Errorf("imaging: sides %d, %d, %d must be positive", r.MaxSide, r.PreviewSide, r.ThumbSide)
	case r.MaxSide > maxWebPSide || r.PreviewSide > maxWebPSide || r.ThumbSide > maxWebPSide:
		return fmt.Errorf("imaging: sides of more than %d pixels do not fit WebP", maxWebPSide)
	case r.Quality < 1 || r.Quality > 100:
		return fmt.Errorf("imaging: quality %d is not within 1..100", r.Quality)
	case r.MinSSIM < 0 || r.MinSSIM >= 1:
		return fmt.Errorf("imaging: SSIM %g is not within 0..1", r.MinSSIM)
	case r.Format != "" && r.Format != FormatWebP && r.Format != FormatAVIF:
		return fmt.Errorf("imaging: format %q is neither %s nor %s", r.Format, FormatWebP, FormatAVIF)
	case r.MaxPixels < 1 || r.MaxFrames < 1:
		return errors.New("imaging: limits of pixels and frames must be positive")
	}
	return nil
}

// maxWebPSide is what the format can hold.
const maxWebPSide = 16_383

// Result is what came of a picture. Variants are full, preview and thumb, in
// this order; Source is what was read. Thumbhash is a placeholder (thumbhash.Encode), PHash and Likeness
// are perceptual hashes (phash.Hash, phash.LikenessOf), Message is Decision in
// a short sentence.
type Result struct {
	Variants  []Variant `json:"variants"`
	Source    Source    `json:"source"`
	Thumbhash []byte    `json:"thumbhash"`
	PHash     uint64    `json:"phash,string"`
	Decision  Decision  `json:"decision"`
	Likeness  []byte    `json:"likeness"`
	Message   string    `json:"message"`
}

// Source describes the picture as it came. Width and Height are those of the
// upright picture.
type Source struct {
	MIMEType string `json:"mimeType"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
}

// Variant is one written file. Size is in bytes, SHA256 in hexadecimal.
type Variant struct {
	Name     string `json:"name"`
	Path     string `json:"path"`
	MIMEType string `json:"mimeType"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256"`
}
