package codec

/*
#cgo pkg-config: vips
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/h2non/bimg"

	"safelight/internal/imageinfo"
	"safelight/models"
)

// The numbers in bridge.h are those of imageinfo: this does not compile otherwise.
var (
	_ [imageinfo.JPEG]struct{} = [C.SL_JPEG]struct{}{}
	_ [imageinfo.PNG]struct{}  = [C.SL_PNG]struct{}{}
	_ [imageinfo.WebP]struct{} = [C.SL_WEBP]struct{}{}
	_ [imageinfo.GIF]struct{}  = [C.SL_GIF]struct{}{}
	_ [imageinfo.TIFF]struct{} = [C.SL_TIFF]struct{}{}
	_ [imageinfo.AVIF]struct{} = [C.SL_AVIF]struct{}{}
	_ [imageinfo.HEIC]struct{} = [C.SL_HEIC]struct{}{}
)

// vipsError is what libvips says of a failed operation.
type vipsError struct {
	operation string
	text      string
}

// Error implements error.
func (e *vipsError) Error() string { return e.operation + ": " + e.text }

// lastVipsError takes over libvips' error buffer.
func lastVipsError(operation string) error {
	text := strings.TrimSpace(C.GoString(C.vips_error_buffer()))
	C.vips_error_clear()
	if len(text) > 2000 {
		text = text[:2000]
	}
	return &vipsError{operation: operation, text: strings.ToValidUTF8(text, "?")}
}

// startVips sets libvips up for one image at a time out of unknown hands, and
// proves that loaders made for trusted input are blocked. bimg has started
// libvips when this package was loaded.
func startVips() error {
	C.sl_block_untrusted()
	C.sl_default_xcpu()
	bimg.VipsCacheSetMax(0) // no two images have an operation in common
	bimg.VipsCacheSetMaxMem(0)
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>`
	if _, err := bimg.NewImage([]byte(svg)).Convert(bimg.PNG); err == nil {
		return errors.New("libvips " + bimg.VipsVersion + " still loads SVG: its untrusted loaders are not blocked")
	}
	C.vips_error_clear()
	for _, kind := range []bimg.ImageType{bimg.JPEG, bimg.PNG, bimg.WEBP, bimg.GIF, bimg.TIFF, bimg.HEIF} {
		if !bimg.VipsIsTypeSupported(kind) {
			return fmt.Errorf("libvips %s was built without %s", bimg.VipsVersion, bimg.ImageTypeName(kind))
		}
	}
	return nil
}

// picture is a decoded image in memory: sRGB, upright, 8 bits, with or
// without alpha. original is the size it had in the file, upright; converted
// tells that its colours were not sRGB there, and profile then says what they
// were, as far as that takes primaries and tone curves. close frees it.
type picture struct {
	image     *C.VipsImage
	original  dimensions
	converted bool
	profile   []byte
}

func (p picture) close()      { C.g_object_unref(C.gpointer(p.image)) }
func (p picture) width() int  { return int(p.image.Xsize) }
func (p picture) height() int { return int(p.image.Ysize) }

// decode reads the first picture of a file, at most maxSide on its long side.
// What the loader finds must not be more than the header that was judged.
func decode(path string, h imageinfo.Header, maxSide int) (picture, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var in, out *C.VipsImage
	if C.sl_open(name, C.int(h.Format), C.int(jpegShrink(h, maxSide)), &in) != 0 {
		return picture{}, lastVipsError("open " + h.Format.String())
	}
	defer C.g_object_unref(C.gpointer(in))
	if int64(in.Xsize)*int64(in.Ysize) > int64(h.Width)*int64(h.Height) {
		return picture{}, models.Reject(models.RejectCorrupt, "The picture contradicts itself about its size.")
	}
	intent, profile := profileIntent(in)
	orientation, size := h.Orientation, dimensions{int(in.Xsize), int(in.Ysize)}
	switch {
	case h.Format == imageinfo.AVIF, h.Format == imageinfo.HEIC:
		orientation = 1 // libheif has turned it
	case h.Animated:
		orientation = 1 // its frames are kept, and nothing beside them that could turn them
	case h.Format == imageinfo.JPEG:
		size = dimensions{h.Width, h.Height} // not rounded by shrinking
	}
	target := size.within(maxSide)
	if C.sl_render(in, intent, C.int(target.width), C.int(target.height), C.int(orientation), &out) != 0 {
		return picture{}, lastVipsError("decode " + h.Format.String())
	}
	if orientation >= 5 {
		size.width, size.height = size.height, size.width
	}
	converted := intent != C.SL_IGNORE_PROFILE || h.Color == imageinfo.ColorCMYK || h.Color == imageinfo.ColorLab
	return picture{image: out, original: size, converted: converted, profile: onlyColors(profile)}, nil
}

// profileIntent is how the colour profile of an image is to be followed, or
// that it is not: it has none, or one that does not fit its pixels, or sRGB.
// A copy of the profile comes with the former: the image lets go of its own
// when it is decoded.
func profileIntent(in *C.VipsImage) (intent C.int, profile []byte) {
	var data unsafe.Pointer
	var length C.size_t
	if C.sl_profile(in, &data, &length) != C.SL_FIT_PROFILE {
		return C.SL_IGNORE_PROFILE, nil
	}
	profile = C.GoBytes(data, C.int(length))
	switch {
	case isSRGB(profile):
		return C.SL_IGNORE_PROFILE, nil
	case onlyPerceptual(profile):
		return C.VIPS_INTENT_PERCEPTUAL, profile
	}
	return C.VIPS_INTENT_RELATIVE, profile
}

// dimensions of a picture, in pixels.
type dimensions struct{ width, height int }

// within is the size at which the picture has side pixels on its long side, or
// the one it has. Neither side becomes less than a pixel.
func (d dimensions) within(side int) dimensions {
	long := max(d.width, d.height)
	if long <= side {
		return d
	}
	scaled := func(v int) int { return max(1, int((int64(v)*int64(side)+int64(long)/2)/int64(long))) }
	return dimensions{scaled(d.width), scaled(d.height)}
}

// leastShrunk is how many pixels shrinking while decoding must leave on the
// short side. libvips cuts off what does not fill a whole pixel then, which is
// nothing on a photo, the lower third of a strip, and an abort of the process
// where no line is left.
const leastShrunk = 64

// jpegShrink is by how much libjpeg may scale down while it decodes. Twice
// the size that is wanted is left, for the better filter to do the rest.
func jpegShrink(h imageinfo.Header, maxSide int) int {
	if h.Format != imageinfo.JPEG {
		return 1
	}
	shrink := 1
	for shrink < 8 && max(h.Width, h.Height)/(shrink*2) >= maxSide*2 && min(h.Width, h.Height)/(shrink*2) >= leastShrunk {
		shrink *= 2
	}
	return shrink
}

// smaller makes a copy that is at most side on its long side, in the
// proportions of the original, which those of this picture are rounded from.
func (p picture) smaller(side int) (picture, error) {
	var out *C.VipsImage
	target := p.original.within(min(side, max(p.width(), p.height())))
	if C.sl_smaller(p.image, C.int(target.width), C.int(target.height), &out) != 0 {
		return picture{}, lastVipsError("resize")
	}
	return picture{image: out, original: p.original}, nil
}

// rgba is the pixels, four bytes each.
func (p picture) rgba() ([]byte, error) {
	var buf unsafe.Pointer
	var length C.size_t
	if C.sl_rgba(p.image, &buf, &length) != 0 {
		return nil, lastVipsError("read pixels")
	}
	defer C.g_free(C.gpointer(buf))
	return C.GoBytes(buf, C.int(length)), nil
}
