package codec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"safelight/internal/imaging"
)

// write stores a rendering as a file named like its variant.
func (r rendering) write(dir, name string) (imaging.Variant, error) {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, r.data, 0o600); err != nil {
		return imaging.Variant{}, fmt.Errorf("write variant: %w", err)
	}
	sum := sha256.Sum256(r.data)
	return imaging.Variant{
		Name: name, Path: path, MIMEType: r.format.MIME(), Width: r.width, Height: r.height,
		Size: int64(len(r.data)), SHA256: hex.EncodeToString(sum[:]),
	}, nil
}

// warmUp compresses a small picture of our own from end to end.
func warmUp(effort int) error {
	dir, err := os.MkdirTemp("", "warm-")
	if err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	defer os.RemoveAll(dir)
	img := image.NewNRGBA(image.Rect(0, 0, 64, 48))
	for i := range 64 * 48 {
		img.Set(i%64, i/64, color.NRGBA{R: uint8(i), G: uint8(i / 7), B: 90, A: 255})
	}
	source := filepath.Join(dir, "source")
	f, err := os.OpenFile(source, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	err = png.Encode(f, img)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	_, err = compress(imaging.Request{
		Source: source, OutDir: dir, MaxSide: 60, PreviewSide: 40, ThumbSide: 20,
		Quality: 80, MinSSIM: 0.98, MaxPixels: 1 << 20, MaxFrames: 1,
	}, effort)
	if err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	return nil
}
