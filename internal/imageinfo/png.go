package imageinfo

import (
	"bytes"
	"encoding/binary"
)

// readPNG walks all chunks to IEND: without it the file was cut off.
func readPNG(s *source, h *Header) error {
	if err := pngHeader(s, h); err != nil {
		return err
	}
	data, room := false, pngRoom(h)
	for off := int64(33); ; {
		b, err := s.at(off, 8)
		if err != nil {
			return err
		}
		length, kind := int64(binary.BigEndian.Uint32(b)), string(b[4:8])
		if length > 1<<31-1 || !pngName(kind) {
			return corrupt("A PNG chunk is damaged.")
		}
		if off+12+length > s.size {
			return cutShort()
		}
		switch kind {
		case "IEND":
			if !data {
				return corrupt("The PNG holds no picture.")
			}
			return nil
		case "IDAT":
			data = true
			if room -= length; room < 0 {
				return corrupt("The PNG holds more data than its picture has pixels.")
			}
		case "iCCP":
			if body, err := s.at(off+8, int(min(length, windowLen))); err == nil && !h.HasICC {
				h.profile(pngProfile(body))
			}
		case "tRNS":
			h.Alpha = true
		case "acTL":
			if err := pngAnimation(s, off+8, length, h); err != nil {
				return err
			}
		case "eXIf":
			if body, err := s.at(off+8, int(min(length, windowLen))); err == nil {
				h.Orientation = exifOrientation(body)
			}
		}
		off += 12 + length
	}
}

// pngRoom is how many bytes of packed data a picture may take: twice what it
// has unpacked, which no compressor comes to. Decoders unpack to the end
// whatever follows the last row, a thousand bytes out of each.
func pngRoom(h *Header) int64 {
	const channels = 4
	row := int64(h.Width)*channels*int64(h.BitDepth)/8 + 2 // up to 2^34, which times the height would not fit
	return 2*min(int64(h.Height), 1<<26)*row + 64<<10
}

func pngName(kind string) bool {
	for i := range len(kind) {
		c := kind[i] | 0x20
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func pngHeader(s *source, h *Header) error {
	b, err := s.at(8, 25)
	if err != nil {
		return err
	}
	if binary.BigEndian.Uint32(b) != 13 || string(b[4:8]) != "IHDR" {
		return corrupt("The PNG does not begin with its header.")
	}
	w, ht := binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
	if w == 0 || ht == 0 || w > 1<<31-1 || ht > 1<<31-1 {
		return corrupt("The PNG claims an impossible size.")
	}
	if d := b[16]; d == 0 || d > 16 || d&(d-1) != 0 {
		return corrupt("The PNG has an impossible bit depth.")
	}
	h.Width, h.Height, h.BitDepth = int(w), int(ht), int(b[16])
	switch b[17] {
	case 0, 4:
		h.Color = ColorGray
	case 2, 6:
		h.Color = ColorRGB
	case 3:
		h.Color = ColorPalette
	default:
		return corrupt("The PNG has an unknown colour type.")
	}
	if b[20] > 1 {
		return corrupt("The PNG is interlaced in an unknown way.")
	}
	h.Alpha, h.Progressive = b[17] == 4 || b[17] == 6, b[20] == 1
	return nil
}

// pngProfile unpacks the beginning of iCCP: a name, a method, a zlib stream.
func pngProfile(body []byte) []byte {
	_, packed, ok := bytes.Cut(body, []byte{0})
	if !ok || len(packed) < 1 {
		return nil
	}
	return inflate(packed[1:])
}

// pngAnimation reads acTL. Counting on it is enough for a limit: no part of
// the pipeline decodes a frame of a PNG beyond the first.
func pngAnimation(s *source, off, length int64, h *Header) error {
	if length != 8 {
		return corrupt("The PNG's animation header is damaged.")
	}
	n, err := s.be32(off)
	if err != nil {
		return err
	}
	if n > 1 {
		h.Frames, h.Animated = int(min(n, 1<<30)), true
	}
	return nil
}
