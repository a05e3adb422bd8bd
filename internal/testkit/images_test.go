package testkit

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPicturesAreWhatTheySay(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		data   []byte
		format string
	}{
		"jpeg":     {JPEG(64, 48, 1), "jpeg"},
		"png":      {PNG(64, 48, 1), "png"},
		"gif":      {GIF(64, 48, 3, 1), "gif"},
		"infected": {InfectedJPEG(64, 48, 1), "jpeg"},
		"exif":     {WithEXIF(JPEG(64, 48, 1), 6), "jpeg"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img, format, err := image.Decode(bytes.NewReader(c.data))
			require.NoError(t, err)
			require.Equal(t, c.format, format)
			require.Equal(t, image.Pt(64, 48), img.Bounds().Size())
		})
	}
}

func TestSeedMakesThePicture(t *testing.T) {
	t.Parallel()
	first, again, other := JPEG(32, 32, 7), JPEG(32, 32, 7), JPEG(32, 32, 8)
	require.Equal(t, first, again)
	require.NotEqual(t, first, other)
}

func TestGIFHasItsFrames(t *testing.T) {
	t.Parallel()
	anim, err := gif.DecodeAll(bytes.NewReader(GIF(16, 16, 5, 1)))
	require.NoError(t, err)
	require.Len(t, anim.Image, 5)
}

func TestMetadataGoesIntoTheBytesAlone(t *testing.T) {
	t.Parallel()
	plain := JPEG(32, 32, 3)
	want, err := jpeg.Decode(bytes.NewReader(plain))
	require.NoError(t, err)
	for _, data := range [][]byte{InfectedJPEG(32, 32, 3), WithEXIF(plain, 6)} {
		got, err := jpeg.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Contains(t, string(InfectedJPEG(32, 32, 3)), string(EICAR()))
	require.Contains(t, string(WithEXIF(plain, 6)), CameraModel)
}
