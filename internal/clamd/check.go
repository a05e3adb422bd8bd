package clamd

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// ErrNotReady says that clamd's verdicts cannot be relied on.
var ErrNotReady = errors.New("clamd does not judge rightly")

// tooDeep is the number of archives inside each other that goes over any
// MaxRecursion in use: 17 by default, and 100 where somebody has raised it.
const tooDeep = 128

// probe is a body whose verdict is known.
type probe struct {
	name   string
	body   []byte
	right  func(Verdict) bool
	advice string // what to change when the verdict is another
}

// Ready fails unless clamd finds the EICAR test file, calls a harmless text
// clean, and says so when it reaches a limit of its own instead of calling
// clean what it has not looked at. A verdict other than these is ErrNotReady.
// A PING proves nothing: after a bad reload of its signatures clamd answers it
// while every scan fails. Ready does not wait for a turn, so that a scanner
// with much to do does not look like a broken one.
func (c *Client) Ready(ctx context.Context) error {
	deep, err := nestedArchive()
	if err != nil {
		return err
	}
	for _, p := range []probe{
		{"the EICAR test file", []byte(eicar()), Verdict.infected, "load signatures that have it"},
		{"a harmless text", []byte("Safelight asks whether you are well.\n"), Verdict.clean, "look for a signature that fits anything"},
		{
			fmt.Sprintf("%d archives inside each other", tooDeep), deep, Verdict.limited,
			fmt.Sprintf("set AlertExceedsMax to yes, leave ScanArchive on and MaxRecursion below %d", tooDeep),
		},
	} {
		v, err := c.scan(ctx, bytes.NewReader(p.body), int64(len(p.body)))
		if err != nil {
			return fmt.Errorf("scan %s: %w", p.name, err)
		}
		if !p.right(v) {
			return fmt.Errorf("%w: it says of %s: %s (%s)", ErrNotReady, p.name, v, p.advice)
		}
	}
	return nil
}

// CheckLimit fails with ErrNotReady unless clamd judges size bytes to their
// end: its StreamMaxLength, MaxFileSize and MaxScanSize must not be below what
// is accepted for upload. It streams that many bytes with the EICAR test file
// behind them all, and it does not wait for a turn.
//
// Zeros alone would prove nothing, since clamd calls clean what it leaves out.
// EICAR is a member of an archive, because official signatures know it only
// where a file begins; and the archive lies behind filler instead of around it,
// because a member counts against MaxScanSize once more.
func (c *Client) CheckLimit(ctx context.Context, size int64) error {
	archive, err := storedArchive("eicar.com", []byte(eicar()))
	if err != nil {
		return err
	}
	filler := max(0, size-int64(len(archive)))
	size = filler + int64(len(archive))
	v, err := c.scan(ctx, io.MultiReader(io.LimitReader(zeros{}, filler), bytes.NewReader(archive)), size)
	switch {
	case err != nil:
		return fmt.Errorf("scan %d bytes: %w", size, err)
	case v.infected():
		return nil
	case v.limited():
		return fmt.Errorf("%w: it does not judge %d bytes: %s (raise StreamMaxLength, MaxFileSize and MaxScanSize)", ErrNotReady, size, v)
	}
	return fmt.Errorf("%w: it says of %d bytes with the EICAR test file at their end: %s "+
		"(raise StreamMaxLength, MaxFileSize and MaxScanSize, set AlertExceedsMax to yes and leave ScanArchive on)", ErrNotReady, size, v)
}

func (v Verdict) infected() bool { return v.Signature != "" }
func (v Verdict) limited() bool  { return v.Unscannable != "" }
func (v Verdict) clean() bool    { return v.Clean }

// nestedArchive is harmless and nested tooDeep. Its innermost text is a new one
// each time: clamd remembers what it has called clean and does not look again.
func nestedArchive() ([]byte, error) {
	body := []byte("Safelight looks for the limit: " + rand.Text() + "\n")
	for range tooDeep {
		var err error
		if body, err = storedArchive("a", body); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// storedArchive is a ZIP of one member that is not compressed.
func storedArchive(name string, content []byte) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	n := uint64(len(content))
	member, err := w.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(content), CompressedSize64: n, UncompressedSize64: n,
	})
	if err == nil {
		_, err = member.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("make an archive for a check: %w", err)
	}
	return out.Bytes(), nil
}

// eicar is the 68-byte test file that every scanner finds. It is put together
// here so that scanners do not find this source and the binary as well.
func eicar() string {
	words := strings.Join([]string{"EICAR", "STANDARD", "ANTIVIRUS", "TEST", "FILE!"}, "-")
	return strings.Join([]string{`X5O!P%@AP[4\PZX54(P^)7CC)7}`, words, "H+H*"}, "$")
}

type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
