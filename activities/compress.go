package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.temporal.io/sdk/activity"

	"safelight/models"
	"safelight/storage"
)

// maxCrashes is after how many ended decoders the bytes are held to be at fault.
const maxCrashes = 3

// CompressInput names the original and how to compress it.
type CompressInput struct {
	Mark
	Object   storage.Ref   `json:"object"`
	Settings CodecSettings `json:"settings"`
}

// CompressResult describes the variants that lie staged for the upload.
type CompressResult struct {
	Variants  []models.Variant `json:"variants"` // keys are those of the final bucket
	Thumbhash []byte           `json:"thumbhash"`
	PHash     uint64           `json:"phash"`
	Likeness  []byte           `json:"likeness,omitempty"` // histories of before have none
	Decision  CodecDecision    `json:"decision"`
	Message   string           `json:"message"` // the decision for people
}

// Compress writes the variants of the original to keys made of the upload's
// id, so that a retry overwrites them. Bytes that are no good image are a
// failure of type ErrTypeRejected; so are bytes on which the decoder ended
// maxCrashes times, counted over all attempts.
func (a *Activities) Compress(ctx context.Context, in CompressInput) (CompressResult, error) {
	crashes := 0
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &crashes); err != nil {
			return CompressResult{}, fmt.Errorf("read the count of crashes: %w", err)
		}
	}
	stop := heartbeat(ctx, func() any { return crashes })
	out, err := a.compress(ctx, in)
	stop() // before the last beat below, so that none with the old count follows it
	if errors.Is(err, ErrCodecCrashed) {
		activity.RecordHeartbeat(ctx, crashes+1)
		if crashes+1 >= maxCrashes {
			err = errors.Join(models.Reject(models.RejectCorrupt, "The picture cannot be decoded."), err)
		}
	}
	if err != nil {
		a.wake(ctx, in.Mark, actionFailed)
	}
	return out, classify(err)
}

func (a *Activities) compress(ctx context.Context, in CompressInput) (out CompressResult, err error) {
	if err := a.Rows.Announce(ctx, in.Mark, actionBegin); err != nil {
		return out, rowsFailed("announce %s: %w", in.Step, err)
	}
	dir, err := os.MkdirTemp(a.WorkDir, "compress-")
	if err != nil {
		return out, fmt.Errorf("make a work folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	source := filepath.Join(dir, "original")
	if err := a.download(ctx, in.Object, source); err != nil {
		return out, err
	}
	made, err := a.Codec.Compress(ctx, source, dir, in.Settings)
	if err != nil {
		return out, fmt.Errorf("compress upload %s: %w", in.UploadID, err)
	}
	if in.Settings.KeepOriginal {
		original, err := originalOf(source, made.Source)
		if err != nil {
			return out, err
		}
		made.Variants = append(made.Variants, original)
	}
	for _, v := range made.Variants {
		if err := a.stage(ctx, storage.StagedRef(in.UploadID, v.Name), v); err != nil {
			return out, err
		}
		out.Variants = append(out.Variants, models.Variant{
			Name: v.Name, Key: storage.VariantRef(in.UploadID, v.Name).Key, MIMEType: v.MIMEType,
			Size: v.Size, Width: v.Width, Height: v.Height, SHA256: v.SHA256,
		})
	}
	out.Thumbhash, out.PHash, out.Likeness = made.Thumbhash, made.PHash, made.Likeness
	out.Decision, out.Message = made.Decision, made.Message
	return out, nil
}

// originalOf makes a variant of the original, as it came.
func originalOf(path string, s CodecSource) (CodecVariant, error) {
	f, err := os.Open(path)
	if err != nil {
		return CodecVariant{}, fmt.Errorf("open the original: %w", err)
	}
	defer f.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return CodecVariant{}, fmt.Errorf("hash the original: %w", err)
	}
	return CodecVariant{
		Name: models.VariantOriginal, Path: path, MIMEType: s.MIMEType, Width: s.Width, Height: s.Height,
		Size: n, SHA256: hex.EncodeToString(hash.Sum(nil)),
	}, nil
}

func (a *Activities) download(ctx context.Context, ref storage.Ref, path string) (err error) {
	r, info, err := a.Objects.Open(ctx, ref, 0, -1)
	if err != nil {
		return storageFailed("open %s: %w", ref, err)
	}
	defer r.Close()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make a local copy of %s: %w", ref, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err := io.Copy(f, r)
	if err != nil {
		return storageFailed("read %s: %w", ref, err)
	}
	if n != info.Size {
		return storageFailed("read %s: %d of %d bytes", ref, n, info.Size)
	}
	return nil
}

func (a *Activities) stage(ctx context.Context, to storage.Ref, v CodecVariant) error {
	f, err := os.Open(v.Path)
	if err != nil {
		return fmt.Errorf("open variant %s: %w", v.Name, err)
	}
	defer f.Close()
	if _, err := a.Objects.Put(ctx, to, f, v.Size, v.MIMEType); err != nil {
		return storageFailed("stage %s: %w", to, err)
	}
	return nil
}
