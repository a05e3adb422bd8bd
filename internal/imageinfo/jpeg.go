package imageinfo

import (
	"bytes"
	"encoding/binary"
	"errors"

	"safelight/models"
)

// maxJPEGSegments is far beyond any real file; it bounds the walk over a file
// that consists of nothing but empty segments.
const maxJPEGSegments = 20_000

// maxJPEGScans is beyond the twelve or so of a progressive picture. For each a
// decoder goes over all of it, and a hundred bytes are enough to make it.
const maxJPEGScans = 100

// JPEG markers.
const (
	jpegSOF0 = 0xc0
	jpegDHT  = 0xc4
	jpegSOF9 = 0xc9
	jpegJPG  = 0xc8
	jpegDAC  = 0xcc
	jpegRST0 = 0xd0
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegAPP1 = 0xe1
	jpegAPP2 = 0xe2
)

// readJPEG walks the segments up to the first scan. Whether the scans are
// whole only a decoder can tell.
func readJPEG(s *source, h *Header) error {
	off := int64(2)
	for range maxJPEGSegments {
		marker, next, err := jpegMarker(s, off)
		if err != nil {
			return err
		}
		off = next
		switch {
		case marker == jpegSOS:
			if h.Width == 0 {
				return corrupt("The JPEG has no frame header before its data.")
			}
			return jpegScans(s, off, h)
		case marker == jpegEOI:
			return corrupt("The JPEG holds no picture.")
		case marker >= jpegRST0 && marker <= jpegSOI, marker == 0x01:
			continue // stand alone, without a length
		}
		b, err := s.at(off, 2)
		if err != nil {
			return err
		}
		length := int(binary.BigEndian.Uint16(b))
		if length < 2 {
			return corrupt("A JPEG segment has an impossible length.")
		}
		body, err := s.at(off+2, length-2)
		if err != nil {
			return err
		}
		if err := jpegSegment(marker, body, h); err != nil {
			return err
		}
		off += int64(length)
	}
	return corrupt("The JPEG has more segments than a picture needs.")
}

// jpegMarker finds the next marker from off, skipping fill bytes and, as
// decoders do, stray bytes between segments.
func jpegMarker(s *source, off int64) (marker byte, next int64, err error) {
	for {
		if off, err = s.find(off, 0xff); err != nil {
			return 0, 0, err
		}
		b := byte(0xff)
		for b == 0xff {
			if b, err = s.u8(off); err != nil {
				return 0, 0, err
			}
			off++
		}
		if b != 0 {
			return b, off, nil
		}
	}
}

// jpegScans counts the scans of a picture that comes in several of them, from
// the length of the first one on. What else may be wrong there a decoder tells.
func jpegScans(s *source, off int64, h *Header) error {
	b, err := s.at(off, 3)
	if err != nil {
		return err
	}
	channels := map[Color]byte{ColorGray: 1, ColorRGB: 3, ColorCMYK: 4}[h.Color]
	if !h.Progressive && b[2] >= channels {
		return nil // all in one
	}
	scans := 1
	for range maxJPEGSegments {
		off += int64(binary.BigEndian.Uint16(b))
		marker := byte(jpegRST0)
		for marker >= jpegRST0 && marker <= jpegSOI || marker == 0x01 {
			if marker, off, err = jpegMarker(s, off); err != nil {
				return unlessRejected(err)
			}
		}
		if marker == jpegEOI {
			return nil
		}
		if marker == jpegSOS {
			scans++
		}
		if scans > maxJPEGScans {
			return unsupported("The JPEG is stored in more passes than any program makes.")
		}
		if b, err = s.at(off, 2); err != nil {
			return unlessRejected(err)
		}
	}
	return corrupt("The JPEG has more segments than a picture needs.")
}

// unlessRejected leaves a verdict on the picture to its decoder, but not a failing reader.
func unlessRejected(err error) error {
	var r *models.Rejection
	if errors.As(err, &r) {
		return nil
	}
	return err
}

func jpegSegment(marker byte, body []byte, h *Header) error {
	switch marker {
	case jpegAPP1:
		if exif, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && h.Orientation == 1 {
			h.Orientation = exifOrientation(exif)
		}
	case jpegAPP2:
		// Long profiles come in numbered parts; the first says what it is.
		if part, ok := bytes.CutPrefix(body, []byte("ICC_PROFILE\x00")); ok && len(part) >= 2 && part[0] == 1 {
			h.profile(part[2:])
		}
	case jpegDHT, jpegJPG, jpegDAC:
	default:
		if marker >= jpegSOF0 && marker <= 0xcf {
			return jpegFrame(marker, body, h)
		}
	}
	return nil
}

func jpegFrame(marker byte, body []byte, h *Header) error {
	if len(body) < 6 || h.Width != 0 {
		return corrupt("The JPEG's frame header is damaged.")
	}
	if marker > jpegSOF0+2 && marker != jpegSOF9 && marker != jpegSOF9+1 {
		return unsupported("This kind of JPEG (lossless or hierarchical) is not taken.")
	}
	h.Progressive = marker == jpegSOF0+2 || marker == jpegSOF9+1
	h.BitDepth = int(body[0])
	h.Height = int(binary.BigEndian.Uint16(body[1:]))
	h.Width = int(binary.BigEndian.Uint16(body[3:]))
	if h.BitDepth != 8 {
		return unsupported("JPEGs with %d bits a channel are not taken.", h.BitDepth)
	}
	switch body[5] {
	case 1:
		h.Color = ColorGray
	case 3:
		h.Color = ColorRGB
	case 4:
		h.Color = ColorCMYK
	default:
		return unsupported("JPEGs with %d channels are not taken.", body[5])
	}
	if h.Width == 0 || h.Height == 0 {
		return corrupt("The JPEG has no pixels.")
	}
	return nil
}
