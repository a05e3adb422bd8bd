package codec

import (
	"bytes"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
	"safelight/internal/imaging/imagingtest"
	"safelight/models"
)

// specimen is a generated input and what must be seen of it.
type specimen struct {
	name  string
	file  func(t testing.TB) []byte
	want  func() *image.NRGBA // upright, in its full size
	lossy bool                // the file holds not quite what was drawn
	edges float64             // how much more may differ in the mean where edges are resized or encoded
	loose float64             // how much more may differ anywhere
	cut   bool                // also as a damaged file
}

// limits are the largest differences (CIEDE2000) that are taken: the mean, of
// a pixel that is not on an edge, and of the mean colours of quarters, in which
// noise comes to nothing and a fault does not.
type limits struct{ mean, each, tint float64 }

var (
	asDrawn  = limits{mean: 0.75, each: 5, tint: 1.2}
	lossyIn  = limits{mean: 1.8, each: 8, tint: 2}
	asServed = limits{mean: 2.5, each: 20, tint: 3} // WebP of a thousand pixels and less
)

func (l limits) plus(mean, all float64) limits {
	return limits{mean: l.mean + mean + all, each: l.each + 2*all, tint: l.tint + mean/4 + all}
}

// The sides of the table's variants. Half of the pictures are smaller than full.
const (
	tableFull    = 150
	tablePreview = 40
	tableThumb   = 16
)

// turns are the orientations tried: all of them where it matters, otherwise
// upright, and one that exchanges the sides.
func turns(all bool) []int {
	if all {
		return []int{1, 2, 3, 4, 5, 6, 7, 8}
	}
	return []int{1, 6}
}

// TestTable compares what comes of hundreds of inputs, pixel by pixel, with
// what the test itself works out: as decoded, and as served, decoded again.
func TestTable(t *testing.T) {
	t.Parallel()
	samples := slices.Concat(pngSamples(), jpegSamples(), tiffSamples(), gifSamples(), webpSamples(), heifSamples(), sizeSamples())
	require.Greater(t, len(samples), 400)
	decoded, served := &record{}, &record{}
	t.Cleanup(func() { t.Logf("%d inputs\ndecoded: %s\nserved: %s", len(samples), decoded, served) })
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			file, want := s.file(t), s.want()
			req := imagingtest.Request(t, file)
			req.MaxSide, req.PreviewSide, req.ThumbSide = tableFull, tablePreview, tableThumb
			decoded, served := decoded, served
			if s.loose > 0 { // would hide how exact the others are
				decoded, served = nil, nil
			}
			s.requireDecoded(t, req, want, decoded)
			s.requireServed(t, compressed(t, req), want, served)
			if s.cut {
				requireRejected(t, models.RejectCorrupt, imagingtest.Request(t, file[:len(file)*3/5]))
			}
		})
	}
}

// requireDecoded compares the pixels that the encoder gets.
func (s specimen) requireDecoded(t *testing.T, req imaging.Request, want *image.NRGBA, seen *record) {
	t.Helper()
	p := decodedFile(t, req.Source, req.MaxSide)
	for _, side := range []int{req.MaxSide, req.PreviewSide, req.ThumbSide} {
		small, err := p.smaller(side)
		require.NoError(t, err)
		defer small.close()
		may := asDrawn
		if s.lossy {
			may = lossyIn
		}
		edges := s.edges
		if w, h := within(want.Rect.Dx(), want.Rect.Dy(), side); w == want.Rect.Dx() && h == want.Rect.Dy() {
			edges = 0
		}
		pixels, err := small.rgba()
		require.NoError(t, err)
		got := &image.NRGBA{Pix: pixels, Stride: 4 * small.width(), Rect: image.Rect(0, 0, small.width(), small.height())}
		requireLike(t, want, got, side, may.plus(edges, s.loose), fmt.Sprint("decoded at ", side), seen)
	}
}

// decodedFile decodes in this process.
func decodedFile(t *testing.T, path string, maxSide int) picture {
	t.Helper()
	j := job{req: imaging.Request{Source: path, MaxPixels: 100_000_000, MaxFrames: 1000}}
	require.NoError(t, j.judge())
	p, err := decode(path, j.header, maxSide)
	require.NoError(t, err)
	t.Cleanup(p.close)
	return p
}

// requireServed compares what the files show.
func (s specimen) requireServed(t *testing.T, r imaging.Result, want *image.NRGBA, seen *record) {
	t.Helper()
	requireNoMetadata(t, r)
	for i, side := range []int{tableFull, tablePreview, tableThumb} {
		v := r.Variants[i]
		img := shown(t, v)
		require.Equal(t, image.Pt(v.Width, v.Height), img.Bounds().Size(), v.Name)
		requireLike(t, want, img, side, asServed.plus(s.edges, s.loose), v.Name+" "+v.MIMEType, seen)
	}
}

// TestTableIsWhatItSays makes sure that the files of the table are what their
// names claim: another reader than the one that decodes sees the same.
func TestTableIsWhatItSays(t *testing.T) {
	t.Parallel()
	for _, s := range slices.Concat(pngSamples(), jpegSamples(), tiffSamples()) {
		file := s.file(t)
		h, err := imageinfo.ReadHeader(bytes.NewReader(file), int64(len(file)), 100)
		require.NoError(t, err, s.name)
		kind, rest, _ := strings.Cut(s.name, " ")
		require.Equal(t, kind, strings.ToLower(h.Format.String()))
		if _, o, ok := strings.Cut(rest, "turned "); ok {
			require.Equal(t, o, fmt.Sprint(h.Orientation), s.name)
		}
		require.Equal(t, strings.Contains(rest, "CMYK") || strings.Contains(rest, "cmyk") || strings.Contains(rest, "YCCK"), h.Color == imageinfo.ColorCMYK, s.name)
		require.Equal(t, strings.Contains(rest, "profile") || strings.Contains(rest, "P3") || strings.Contains(rest, "RGB alpha") ||
			strings.Contains(rest, "in ") || strings.Contains(rest, "Adobe RGB") || strings.Contains(rest, "sRGB") || strings.Contains(rest, "not by Adobe") ||
			strings.Contains(rest, "YCCK") || strings.Contains(rest, "planes") && h.Color == imageinfo.ColorCMYK || strings.Contains(rest, "progressive CMYK"),
			h.HasICC, s.name)
	}
}
