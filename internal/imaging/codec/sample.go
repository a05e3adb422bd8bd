package codec

/*
#cgo pkg-config: vips libwebp
#cgo CFLAGS: -O3
#cgo LDFLAGS: -lm
#include "sample.h"
#include "ssim.h"
*/
import "C"

import (
	"errors"
	"unsafe"
)

// sample is a picture, or tiles out of one, to try encoders on. close frees it.
type sample struct{ c *C.sl_sample }

// sample looks at the picture's pixels.
func (p picture) sample() (sample, error) {
	s := C.sl_sample_whole(p.image)
	if s == nil {
		return sample{}, lastVipsError("encode: read pixels")
	}
	return sample{s}, nil
}

// tiles cuts a sheet of about area pixels out of a whole picture.
func (s sample) tiles(tile, area int) (sample, error) {
	t := C.sl_sample_tiles(s.c, C.int(tile), C.int(area))
	if t == nil {
		return sample{}, lastVipsError("encode: cut tiles")
	}
	return sample{t}, nil
}

func (s sample) close()     { C.sl_sample_free(s.c) }
func (s sample) area() int  { return int(C.sl_sample_area(s.c)) }
func (s sample) short() int { return int(min(s.c.width, s.c.height)) }

// drawn reports whether the sample looks like a drawing or a screenshot: flat
// areas or few colours.
func (s sample) drawn() bool {
	return float64(C.sl_sample_flat(s.c)) >= flatEnough || C.sl_sample_few(s.c) != 0
}

// ssim is how alike an encoded version is to the sample.
func (s sample) ssim(data []byte) (float64, error) {
	if len(data) == 0 {
		return 0, errors.New("nothing to compare")
	}
	var ssim C.double
	if C.sl_sample_ssim(s.c, unsafe.Pointer(&data[0]), C.size_t(len(data)), &ssim) != 0 {
		return 0, lastVipsError("encode: compare")
	}
	return float64(ssim), nil
}

func (s sample) webp(quality, effort int) ([]byte, error) {
	var buf unsafe.Pointer
	var length C.size_t
	if C.sl_sample_webp(s.c, C.int(quality), C.int(effort), &buf, &length) != 0 {
		return nil, lastVipsError("encode WebP")
	}
	return takeOver(buf, length), nil
}

// lossless encodes WebP whose pixels are those of the sample, or close to them
// where near is below 100.
func (s sample) lossless(near, effort int) ([]byte, error) {
	var buf unsafe.Pointer
	var length C.size_t
	if C.sl_sample_lossless(s.c, C.int(near), C.int(effort), &buf, &length) != 0 {
		return nil, lastVipsError("encode lossless WebP")
	}
	return takeOver(buf, length), nil
}

func (s sample) avif(quality int) ([]byte, error) {
	var buf unsafe.Pointer
	var length C.size_t
	if C.sl_sample_avif(s.c, C.int(quality), &buf, &length) != 0 {
		return nil, lastVipsError("encode AVIF")
	}
	return takeOver(buf, length), nil
}

// takeOver copies a buffer of C's into Go's memory and frees it.
func takeOver(buf unsafe.Pointer, length C.size_t) []byte {
	defer C.g_free(C.gpointer(buf))
	return C.GoBytes(buf, C.int(length))
}

// ssim compares two 8-bit planes of the same size.
func ssim(a, b []byte, width, height int) float64 {
	return float64(C.sl_ssim((*C.uint8_t)(&a[0]), (*C.uint8_t)(&b[0]), C.int(width), C.int(height), C.size_t(width)))
}
