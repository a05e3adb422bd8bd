package activities

import (
	"context"
	"errors"
	"io"

	"safelight/storage"
)

// ScanInput names the object to judge.
type ScanInput struct {
	Mark
	Object storage.Ref `json:"object"`
}

// Scan streams the stored object through the scanner. What the scanner says is
// a result; an error means that nothing was said, and is retried. Reads only.
func (a *Activities) Scan(ctx context.Context, in ScanInput) (Verdict, error) {
	return during(ctx, a, in.Mark, func(ctx context.Context) (Verdict, error) {
		r, info, err := a.Objects.Open(ctx, in.Object, 0, -1)
		if err != nil {
			return Verdict{}, storageFailed("open %s: %w", in.Object, err)
		}
		defer r.Close()
		seen := &countingReader{r: r}
		verdict, err := a.Scanner.Scan(ctx, seen, info.Size)
		if seen.err != nil && (err != nil || verdict.Clean) { // the scanner is well
			return Verdict{}, storageFailed("read %s: %w", in.Object, seen.err)
		}
		if err != nil {
			return Verdict{}, scannerFailed("scan %s: %w", in.Object, err)
		}
		if verdict.Clean && seen.n != info.Size { // clean is only what was looked at to the end
			return Verdict{}, scannerFailed("scan %s: only %d of %d bytes were judged", in.Object, seen.n, info.Size)
		}
		a.wake(ctx, in.Mark, actionEnd) // dedup runs beside: no next step begins that would tell
		return verdict, nil
	})
}

// countingReader keeps how much was read, and what reading failed with.
type countingReader struct {
	r   io.Reader
	n   int64
	err error
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err //nolint:wrapcheck // an io.Reader passes io.EOF on as it is
}
