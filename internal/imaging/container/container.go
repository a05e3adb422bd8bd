// Package container cuts metadata out of image files without touching their
// picture data: EXIF, XMP, IPTC, ICC profiles, comments, text, thumbnails,
// further pictures and everything behind the end. What is kept is listed, and
// what is not listed goes, so that a kind of metadata invented tomorrow goes too.
package container

import (
	"errors"
	"fmt"

	"safelight/internal/imageinfo"
)

// ErrMalformed means that the file is not built as its format says. Such a
// file may still be decodable; its bytes must not be kept.
var ErrMalformed = errors.New("malformed image container")

// Cut returns a copy of an image's bytes without metadata, for the formats
// that browsers show and that can be cut: JPEG, PNG, WebP and GIF. Orientation
// and colour profile go as well: the caller keeps only pictures that need neither,
// or puts the profile back (WithProfile). Animations stay, with times and loop count. Cutting twice changes nothing more.
func Cut(format imageinfo.Format, file []byte) ([]byte, error) {
	switch format {
	case imageinfo.JPEG:
		return cutJPEG(file)
	case imageinfo.PNG:
		return cutPNG(file)
	case imageinfo.WebP:
		return CutWebP(file)
	case imageinfo.GIF:
		return cutGIF(file)
	case imageinfo.TIFF, imageinfo.AVIF, imageinfo.HEIC, imageinfo.Unknown:
	}
	return nil, fmt.Errorf("cut metadata of %s: %w", format, errors.ErrUnsupported)
}

func malformed(format, what string) error {
	return fmt.Errorf("%s: %s: %w", format, what, ErrMalformed)
}
