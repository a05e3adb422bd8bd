// Package inspect tells what the judge sees in image files and what would be
// done with them, without a server: for people at a terminal and for programs.
// It scans for no viruses.
package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
	"safelight/internal/metadata"
	"safelight/models"
)

// Codec makes the variants of a picture, as an imaging.Pool does.
type Codec interface {
	Compress(ctx context.Context, req imaging.Request) (imaging.Result, error)
}

// Inspector inspects files. Request is what to do with each, but for its
// Source and OutDir. Without a Codec there is the judge's part only.
type Inspector struct {
	Limits  imageinfo.Limits
	Request imaging.Request
	Codec   Codec
	TempDir string // for variants, which are removed again; default: the system's
}

// Report is what there is to say of a file. Its JSON is one line of `safelight
// inspect --json`; names are only ever added.
type Report struct {
	File    string  `json:"file"`
	Verdict Verdict `json:"verdict"`
	// Code is the rejection's: unsupported, corrupt or too_many_pixels.
	Code   models.RejectionCode `json:"code,omitempty"`
	Detail string               `json:"detail,omitempty"` // why, for people

	Bytes    int64  `json:"bytes"`
	Format   string `json:"format,omitempty"`   // by its first bytes, whatever its name
	MIMEType string `json:"mimeType,omitempty"` // of Format
	// Picture is what the header claims; null where it could not be read.
	Picture  *Picture        `json:"picture"`
	Metadata []metadata.Item `json:"metadata"` // none of it is ever served
	// Outcome is what would be stored; null where nothing would, or no codec was there.
	Outcome *Outcome `json:"outcome"`
}

// Verdict is the end of a Report. Wire format.
type Verdict string

// The verdicts.
const (
	Accepted Verdict = "accepted"
	Rejected Verdict = "rejected" // for the reason in Code and Detail
	Failed   Verdict = "failed"   // it could not be judged: Detail says why
)

// Picture is what a header claims. Width and Height are as stored; upright
// ones are how it is shown, turned by Orientation (1 to 8, as in EXIF).
type Picture struct {
	Width         int     `json:"width"`
	Height        int     `json:"height"`
	UprightWidth  int     `json:"uprightWidth"`
	UprightHeight int     `json:"uprightHeight"`
	Orientation   int     `json:"orientation"`
	Frames        int     `json:"frames"`
	Animated      bool    `json:"animated"`
	Color         string  `json:"color"`    // gray, rgb, palette, cmyk, lab; empty: not told
	BitDepth      int     `json:"bitDepth"` // per channel; 0: not told
	Alpha         bool    `json:"alpha"`
	Progressive   bool    `json:"progressive"`
	Profile       *string `json:"profile"` // name of the ICC profile, empty for one without; null for none
}

// Outcome is what would be stored. Bytes is what all variants count against a quota.
type Outcome struct {
	Message  string           `json:"message"` // Decision, for people
	Decision imaging.Decision `json:"decision"`
	Bytes    int64            `json:"bytes"`
	Variants []Variant        `json:"variants"`
}

// Variant is one stored rendering.
type Variant struct {
	Name     string `json:"name"`
	MIMEType string `json:"mimeType"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Bytes    int64  `json:"bytes"`
}

// File inspects one file. The error is of ctx alone: whatever else goes wrong
// is in the report.
func (i *Inspector) File(ctx context.Context, path string) (Report, error) {
	r := Report{File: path, Verdict: Accepted, Metadata: []metadata.Item{}}
	err := i.judge(&r)
	if err == nil && i.Codec != nil {
		err = i.compress(ctx, &r)
	}
	if ctx.Err() != nil {
		return r, fmt.Errorf("inspect %s: %w", path, context.Cause(ctx))
	}
	var rejection *models.Rejection
	switch {
	case errors.As(err, &rejection):
		r.Verdict, r.Code, r.Detail = Rejected, rejection.Code, rejection.Detail
	case errors.Is(err, imaging.ErrChildEnded):
		r.Verdict, r.Detail = Failed, "the decoder ended while it worked on this picture: "+err.Error()
	case err != nil:
		r.Verdict, r.Detail = Failed, err.Error()
	}
	return r, nil
}

// judge reads what can be told without decoding.
func (i *Inspector) judge(r *Report) (err error) {
	f, err := os.Open(r.File)
	if err != nil {
		return fmt.Errorf("open: %w", errors.Unwrap(err)) // the path stands before it
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look at it: %w", err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("this is no file")
	}
	r.Bytes = info.Size()
	head := make([]byte, imageinfo.SniffLen)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read: %w", err)
	}
	format, known := imageinfo.Sniff(head[:n])
	if known {
		r.Format, r.MIMEType = format.String(), format.MIME()
	}
	header, err := imageinfo.ReadHeader(f, r.Bytes, i.Limits.Frames)
	if err == nil {
		r.Picture = pictureOf(header)
		err = header.Check(i.Limits)
	}
	if known && r.Bytes <= i.Limits.Bytes {
		file := make([]byte, r.Bytes)
		if _, rerr := f.ReadAt(file, 0); rerr != nil && !errors.Is(rerr, io.EOF) {
			return fmt.Errorf("read: %w", rerr)
		}
		r.Metadata = append(r.Metadata, metadata.List(format, file)...)
	}
	return err
}

func pictureOf(h imageinfo.Header) *Picture {
	p := &Picture{
		Width: h.Width, Height: h.Height, Orientation: h.Orientation, Frames: h.Frames, Animated: h.Animated,
		Color: string(h.Color), BitDepth: h.BitDepth, Alpha: h.Alpha, Progressive: h.Progressive,
	}
	p.UprightWidth, p.UprightHeight = h.Upright()
	if h.HasICC {
		p.Profile = &h.ICC.Description
	}
	return p
}

// compress does what a worker would, and keeps no file of it.
func (i *Inspector) compress(ctx context.Context, r *Report) (err error) {
	dir, err := os.MkdirTemp(i.TempDir, "safelight-inspect-")
	if err != nil {
		return fmt.Errorf("make a folder for variants: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	req := i.Request
	req.OutDir = dir
	if req.Source, err = filepath.Abs(r.File); err != nil { // children work in folders of their own
		return fmt.Errorf("find it: %w", err)
	}
	res, err := i.Codec.Compress(ctx, req)
	if err != nil {
		return err
	}
	r.Outcome = &Outcome{Message: res.Message, Decision: res.Decision, Variants: []Variant{}}
	for _, v := range res.Variants {
		r.Outcome.Bytes += v.Size
		r.Outcome.Variants = append(r.Outcome.Variants, Variant{
			Name: v.Name, MIMEType: v.MIMEType, Width: v.Width, Height: v.Height, Bytes: v.Size,
		})
	}
	return nil
}
