package inspect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
	"safelight/internal/inspect"
	"safelight/internal/metadata"
	"safelight/internal/testkit"
	"safelight/models"
)

// codec answers with what it is told to, and writes a file as a real one does.
type codec struct {
	err  error
	seen []imaging.Request
}

func (c *codec) Compress(_ context.Context, req imaging.Request) (imaging.Result, error) {
	c.seen = append(c.seen, req)
	path := filepath.Join(req.OutDir, "full")
	if err := os.WriteFile(path, []byte("picture"), 0o600); err != nil {
		return imaging.Result{}, err
	}
	return imaging.Result{Message: "WebP, half the size", Decision: imaging.Decision{Format: "WebP", Quality: 71, SSIM: 0.981}, Variants: []imaging.Variant{
		{Name: "full", Path: path, MIMEType: "image/webp", Width: 60, Height: 80, Size: 700},
		{Name: "thumb", Path: path, MIMEType: "image/webp", Width: 30, Height: 40, Size: 70},
	}}, c.err
}

func inspector(t *testing.T, c inspect.Codec) *inspect.Inspector {
	t.Helper()
	return &inspect.Inspector{
		Limits:  imageinfo.Limits{Bytes: 1 << 20, Pixels: 100_000, Side: 1000, Frames: 3},
		Request: imaging.Request{MaxSide: 80, PreviewSide: 60, ThumbSide: 40, Quality: 80, MaxPixels: 100_000, MaxFrames: 3},
		Codec:   c, TempDir: t.TempDir(),
	}
}

func file(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "picture")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func TestReports(t *testing.T) {
	t.Parallel()
	huge := testkit.PNG(40, 30, 1)
	copy(huge[16:], []byte{0, 0, 0x03, 0xe8, 0, 0, 0x03, 0xe7}) // its checksum is not the judge's business
	for name, c := range map[string]struct {
		file    []byte
		verdict inspect.Verdict
		code    models.RejectionCode
		format  string
		picture *inspect.Picture
		kinds   []metadata.Kind
	}{
		"a turned photo": {
			testkit.WithEXIF(testkit.JPEG(80, 60, 1), 6), inspect.Accepted, "", "JPEG",
			&inspect.Picture{Width: 80, Height: 60, UprightWidth: 60, UprightHeight: 80, Orientation: 6, Frames: 1, Color: "rgb", BitDepth: 8},
			[]metadata.Kind{metadata.EXIF, metadata.GPS},
		},
		"a drawing": {
			testkit.PNG(40, 30, 1), inspect.Accepted, "", "PNG",
			&inspect.Picture{Width: 40, Height: 30, UprightWidth: 40, UprightHeight: 30, Orientation: 1, Frames: 1, Color: "rgb", BitDepth: 8}, nil,
		},
		"an animation": {
			testkit.GIF(40, 30, 3, 1), inspect.Accepted, "", "GIF",
			&inspect.Picture{
				Width: 40, Height: 30, UprightWidth: 40, UprightHeight: 30, Orientation: 1, Frames: 3, Animated: true, Color: "palette", BitDepth: 8,
			}, nil,
		},
		"too many frames": {
			testkit.GIF(40, 30, 4, 1), inspect.Rejected, models.RejectTooManyPixels, "GIF",
			&inspect.Picture{
				Width: 40, Height: 30, UprightWidth: 40, UprightHeight: 30, Orientation: 1, Frames: 4, Animated: true, Color: "palette", BitDepth: 8,
			}, nil,
		},
		"too many pixels": {
			huge, inspect.Rejected, models.RejectTooManyPixels, "PNG",
			&inspect.Picture{Width: 1000, Height: 999, UprightWidth: 1000, UprightHeight: 999, Orientation: 1, Frames: 1, Color: "rgb", BitDepth: 8}, nil,
		},
		"cut off": {testkit.PNG(40, 30, 1)[:60], inspect.Rejected, models.RejectCorrupt, "PNG", nil, nil},
		"a virus": {testkit.EICAR(), inspect.Rejected, models.RejectUnsupported, "", nil, nil},
		"a drawing of vectors": {
			[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), inspect.Rejected, models.RejectUnsupported, "", nil, nil,
		},
		"nothing": {nil, inspect.Rejected, models.RejectUnsupported, "", nil, nil},
		"too large": {
			append(testkit.JPEG(80, 60, 1), make([]byte, 1<<20)...), inspect.Rejected, models.RejectUnsupported, "JPEG",
			&inspect.Picture{Width: 80, Height: 60, UprightWidth: 80, UprightHeight: 60, Orientation: 1, Frames: 1, Color: "rgb", BitDepth: 8}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := &codec{}
			in := inspector(t, made)
			path := file(t, c.file)
			r, err := in.File(t.Context(), path)
			require.NoError(t, err)
			require.Equal(t, path, r.File)
			require.Equal(t, c.verdict, r.Verdict, r.Detail)
			require.Equal(t, c.code, r.Code)
			require.Equal(t, c.code != "", r.Detail != "", "a rejection has a reason")
			require.Equal(t, c.format, r.Format)
			require.EqualValues(t, len(c.file), r.Bytes)
			if c.picture != nil && r.Picture != nil {
				r.Picture.Alpha = c.picture.Alpha // of GIFs, as their palettes have it
			}
			require.Equal(t, c.picture, r.Picture)
			var kinds []metadata.Kind
			for _, it := range r.Metadata {
				kinds = append(kinds, it.Kind)
			}
			require.Equal(t, c.kinds, kinds)
			if c.verdict == inspect.Accepted {
				require.Len(t, made.seen, 1)
				require.Equal(t, 80, made.seen[0].MaxSide)
				require.EqualValues(t, 770, r.Outcome.Bytes)
				require.Equal(t, 71, r.Outcome.Decision.Quality)
			} else {
				require.Nil(t, r.Outcome)
				require.Empty(t, made.seen, "nothing is decoded that the judge refuses")
			}
			left, err := os.ReadDir(in.TempDir)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestWhatTheCodecSays(t *testing.T) {
	t.Parallel()
	path := file(t, testkit.JPEG(80, 60, 1))
	for name, c := range map[string]struct {
		err     error
		verdict inspect.Verdict
		code    models.RejectionCode
	}{
		"damaged":     {models.Reject(models.RejectCorrupt, "It is damaged."), inspect.Rejected, models.RejectCorrupt},
		"crashed":     {imaging.ErrChildEnded, inspect.Failed, ""},
		"a full disk": {errors.New("no space left"), inspect.Failed, ""},
	} {
		r, err := inspector(t, &codec{err: c.err}).File(t.Context(), path)
		require.NoError(t, err)
		require.Equal(t, c.verdict, r.Verdict, name)
		require.Equal(t, c.code, r.Code)
		require.NotEmpty(t, r.Detail)
		require.NotNil(t, r.Picture, "the judge's part stays")
		require.Nil(t, r.Outcome)
	}
	r, err := inspector(t, nil).File(t.Context(), path)
	require.NoError(t, err)
	require.Equal(t, inspect.Accepted, r.Verdict)
	require.Nil(t, r.Outcome, "without a codec the judge's part only")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = inspector(t, &codec{err: ctx.Err()}).File(ctx, path)
	require.ErrorIs(t, err, context.Canceled)
}

func TestWhatIsNoFile(t *testing.T) {
	t.Parallel()
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		r, err := inspector(t, nil).File(t.Context(), path)
		require.NoError(t, err)
		require.Equal(t, inspect.Failed, r.Verdict)
		require.NotEmpty(t, r.Detail)
		require.NotContains(t, r.Detail, path)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	p3 := "Display P3"
	reports := []inspect.Report{
		{
			File: "cat.jpg", Verdict: inspect.Accepted, Bytes: 4_815_162, Format: "JPEG", MIMEType: "image/jpeg",
			Picture: &inspect.Picture{
				Width: 4000, Height: 3000, UprightWidth: 3000, UprightHeight: 4000, Orientation: 6, Frames: 1, Color: "rgb", BitDepth: 8,
				Progressive: true, Profile: &p3,
			},
			Metadata: []metadata.Item{
				{Kind: metadata.EXIF, Bytes: 12_345, Detail: "Acme\x1b[31m X"},
				{Kind: metadata.GPS, Bytes: 88, Detail: "51.50333, -0.12500"},
				{Kind: metadata.Thumbnail},
			},
			Outcome: &inspect.Outcome{Message: "WebP quality 80, 4.8 MB -> 485 kB", Bytes: 500_000, Variants: []inspect.Variant{
				{Name: "full", MIMEType: "image/webp", Width: 1920, Height: 2560, Bytes: 485_000},
				{Name: "thumb", MIMEType: "image/webp", Width: 300, Height: 400, Bytes: 900},
			}},
		},
		{
			File: "dog.gif", Verdict: inspect.Rejected, Code: models.RejectTooManyPixels, Detail: "The animation has more than 1000 frames.",
			Bytes: 999, Format: "GIF", MIMEType: "image/gif",
			Picture: &inspect.Picture{
				Width: 9, Height: 8, UprightWidth: 9, UprightHeight: 8, Orientation: 1, Frames: 1001, Animated: true, Color: "palette", Alpha: true,
			},
		},
		{File: "note.txt", Verdict: inspect.Rejected, Code: models.RejectUnsupported, Detail: "This is not a picture.", Bytes: 5},
		{File: "gone", Verdict: inspect.Failed, Detail: "open: no such file or directory"},
	}
	var out bytes.Buffer
	for _, r := range reports {
		require.NoError(t, inspect.Text(&out, r))
	}
	require.Equal(t, `cat.jpg  accepted
  format     JPEG, 4.8 MB
  picture    3000 × 4000, stored as 4000 × 3000 in orientation 6, progressive
  colours    RGB, 8 bit, profile Display P3
  metadata   EXIF            12.3 kB  Acme[31m X
             GPS                88 B  51.50333, -0.12500
             thumbnail
  decision   WebP quality 80, 4.8 MB -> 485 kB
  stored     full           485.0 kB  1920 × 2560, image/webp
             thumb             900 B  300 × 400, image/webp
dog.gif  REJECTED: too_many_pixels
  reason     The animation has more than 1000 frames.
  format     GIF, 999 B
  picture    9 × 8, 1001 frames
  colours    palette, alpha, no profile
  metadata   none
note.txt  REJECTED: unsupported
  reason     This is not a picture.
  format     unknown, 5 B
gone  NOT JUDGED
  reason     open: no such file or directory
`, out.String())
}

func TestJSON(t *testing.T) {
	t.Parallel()
	r, err := inspector(t, &codec{}).File(t.Context(), file(t, testkit.WithEXIF(testkit.JPEG(80, 60, 1), 6)))
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, inspect.JSON(&out, r))
	require.Equal(t, 1, strings.Count(out.String(), "\n"), "one line")
	var back inspect.Report
	dec := json.NewDecoder(&out)
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&back))
	require.Equal(t, r, back)

	bad, err := inspector(t, nil).File(t.Context(), file(t, []byte("text")))
	require.NoError(t, err)
	var fields map[string]any
	raw, err := json.Marshal(bad)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &fields))
	require.Equal(t, map[string]any{
		"file": bad.File, "verdict": "rejected", "code": "unsupported", "detail": bad.Detail, "bytes": 4.0,
		"picture": nil, "metadata": []any{}, "outcome": nil,
	}, fields)
}
