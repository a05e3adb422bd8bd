package container

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
)

// fuzzCut tries the cutter of one format. What does not begin as the format
// does gets its first bytes.
func fuzzCut(f *testing.F, format imageinfo.Format, magic string, seeds ...[]byte) {
	f.Helper()
	dirty := dirtyFiles(f)[format]
	for _, seed := range append(seeds, dirty[0], dirty[1]) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if got, _ := imageinfo.Sniff(file); got != format {
			file = append([]byte(magic), file...)
		}
		before := bytes.Clone(file)
		out, err := Cut(format, file)
		require.Equal(t, before, file, "the source is not touched")
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			require.Nil(t, out)
			return
		}
		require.LessOrEqual(t, len(out), len(file), "cutting does not grow a file")
		again, err := Cut(format, out)
		require.NoError(t, err, "what was cut can be read")
		require.Equal(t, out, again, "there is nothing more to cut")
		requireSameHeader(t, file, out)
	})
}

// requireSameHeader: what is cut shows the same picture as before, where the
// file was one.
func requireSameHeader(t *testing.T, file, out []byte) {
	t.Helper()
	const frames = 1000
	was, err := imageinfo.ReadHeader(bytes.NewReader(file), int64(len(file)), frames)
	if err != nil {
		return
	}
	is, err := imageinfo.ReadHeader(bytes.NewReader(out), int64(len(out)), frames)
	require.NoError(t, err)
	require.Equal(t, was.Format, is.Format)
	require.Equal(t, [2]int{was.Width, was.Height}, [2]int{is.Width, is.Height})
	require.Equal(t, was.Frames, is.Frames)
	require.Equal(t, was.Animated, is.Animated)
	require.Equal(t, was.BitDepth, is.BitDepth)
	require.Equal(t, was.Color, is.Color)
	require.False(t, is.HasICC)
	require.Equal(t, 1, is.Orientation)
}

func FuzzCutJPEG(f *testing.F) {
	fuzzCut(f, imageinfo.JPEG, "\xff\xd8\xff", append(segment(0xd8, ""), 0xff, 0xd9))
}

func FuzzCutPNG(f *testing.F) {
	fuzzCut(f, imageinfo.PNG, pngMagic, []byte(pngMagic+string(pngChunk("IEND", ""))))
}

func FuzzCutGIF(f *testing.F) {
	fuzzCut(f, imageinfo.GIF, "GIF89a", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"))
}

func FuzzCutWebP(f *testing.F) {
	fuzzCut(f, imageinfo.WebP, "RIFF\x40\x00\x00\x00WEBP", riff(chunk("VP8L", "/1234")))
}
