package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"safelight/activities"
	"safelight/internal/config"
	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
	"safelight/internal/intake"
	"safelight/internal/tracing"
	"safelight/models"
	"safelight/models/store"
	"safelight/storage"
)

// assembler ends uploads whose API process was gone before it could.
func assembler(
	cfg config.Worker, rows *store.Store, objects storage.Store, starter intake.Starter, log *slog.Logger,
) *intake.Resumable {
	in := &intake.Intake{
		Rows: rows, Objects: objects, Starter: starter, Log: log, Sniff: imageinfo.SniffMIME, SniffLen: imageinfo.SniffLen,
		MaxBytes: cfg.Limits.MaxUploadBytes, MaxOpen: cfg.Limits.MaxUploadsPerUser,
	}
	return &intake.Resumable{Intake: in, Rows: rows, Objects: objects, KeepFor: cfg.Retention.Receiving}
}

// decoders makes a pool of decoders what the steps ask for.
type decoders struct{ pool *imaging.Pool }

func newDecoders(tempDir string, children int, s *seen, log *slog.Logger) (decoders, error) {
	self, err := os.Executable()
	if err != nil {
		return decoders{}, fmt.Errorf("find the own binary: %w", err)
	}
	pool, err := imaging.NewPool(imaging.Config{
		Command: []string{self, "imaging"}, Children: children, TempDir: tempDir, Log: log, Seen: s.decoded,
	})
	if err != nil {
		return decoders{}, fmt.Errorf("start the decoders: %w", err)
	}
	return decoders{pool}, nil
}

// endDecoding ends the span of the work on a picture. That one is turned down
// is an answer.
func endDecoding(span trace.Span, res imaging.Result, err error) {
	span.SetAttributes(attribute.String("safelight.format", res.Decision.Format), attribute.Int("safelight.tries", res.Decision.Tries),
		attribute.Int("safelight.width", res.Source.Width), attribute.Int("safelight.height", res.Source.Height))
	var rejection *models.Rejection
	if errors.As(err, &rejection) {
		err = nil
	}
	tracing.End(span, err)
}

// Compress implements activities.Codec.
func (c decoders) Compress(ctx context.Context, source, outDir string, s activities.CodecSettings) (activities.CodecResult, error) {
	ctx, span := tracing.Start(ctx, "decoder")
	res, err := c.pool.Compress(ctx, imaging.Request{
		Source: source, OutDir: outDir, MaxSide: s.MaxSide, PreviewSide: s.PreviewSide, ThumbSide: s.ThumbSide,
		Format: s.Format, MinSSIM: s.MinSSIM, Quality: s.Quality, MaxPixels: s.MaxPixels, MaxFrames: s.MaxFrames,
	})
	endDecoding(span, res, err)
	if errors.Is(err, imaging.ErrChildEnded) {
		err = fmt.Errorf("%w: %w", activities.ErrCodecCrashed, err)
	}
	if err != nil {
		return activities.CodecResult{}, err
	}
	out := activities.CodecResult{
		Source: activities.CodecSource(res.Source), Thumbhash: res.Thumbhash, PHash: res.PHash, Likeness: res.Likeness,
		Decision: activities.CodecDecision(res.Decision), Message: res.Message,
	}
	for _, v := range res.Variants {
		out.Variants = append(out.Variants, activities.CodecVariant(v))
	}
	return out, nil
}
