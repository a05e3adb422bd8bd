package imageinfo

import "encoding/binary"

// readWebP walks the chunks of the RIFF container, which must be whole.
func readWebP(s *source, h *Header, maxFrames int) error {
	b, err := s.at(0, 12)
	if err != nil {
		return err
	}
	end := int64(binary.LittleEndian.Uint32(b[4:])) + 8
	if end > s.size {
		return cutShort()
	}
	h.BitDepth, h.Color = 8, ColorRGB
	frames := 0
	for off := int64(12); off+8 <= end; {
		b, err := s.at(off, 8)
		if err != nil {
			return err
		}
		kind, length := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
		if off+8+length > end {
			return cutShort()
		}
		if kind == "ANMF" {
			frames++
			if frames > maxFrames {
				break
			}
		}
		if err := webpChunk(s, kind, off+8, length, h); err != nil {
			return err
		}
		off += 8 + length + length&1
	}
	if h.Animated {
		if frames == 0 {
			return corrupt("The WebP animation has no frame.")
		}
		h.Frames = frames
	}
	return nil
}

func webpChunk(s *source, kind string, off, length int64, h *Header) error {
	switch kind {
	case "VP8X":
		b, err := webpBytes(s, off, length, 10)
		if err != nil {
			return err
		}
		h.grow(int(le24(b[4:]))+1, int(le24(b[7:]))+1) // decoders take the first of several
		h.Animated, h.Alpha = h.Animated || b[0]&0x02 != 0, h.Alpha || b[0]&0x10 != 0
	case "VP8 ":
		b, err := webpBytes(s, off, length, 10)
		if err != nil {
			return err
		}
		if b[0]&1 != 0 || b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a {
			return corrupt("The WebP's picture data is damaged.")
		}
		h.grow(int(binary.LittleEndian.Uint16(b[6:])&0x3fff), int(binary.LittleEndian.Uint16(b[8:])&0x3fff))
	case "VP8L":
		b, err := webpBytes(s, off, length, 5)
		if err != nil {
			return err
		}
		bits := binary.LittleEndian.Uint32(b[1:])
		if b[0] != 0x2f {
			return corrupt("The WebP's picture data is damaged.")
		}
		h.grow(int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1)
		h.Alpha = h.Alpha || bits>>28&1 != 0
	case "ALPH":
		h.Alpha = true
	case "ICCP":
		b, err := s.at(off, int(min(length, windowLen)))
		if err != nil {
			return err
		}
		h.profile(b)
	case "EXIF":
		return webpOrientation(s, off, length, h)
	}
	return nil
}

// grow takes the larger of two claims, since a limit must hold for what is
// decoded, not for what the outer header says.
func (h *Header) grow(width, height int) {
	h.Width, h.Height = max(h.Width, width), max(h.Height, height)
}

func webpBytes(s *source, off, length int64, n int) ([]byte, error) {
	if length < int64(n) {
		return nil, corrupt("A WebP chunk is too short.")
	}
	return s.at(off, n)
}

func webpOrientation(s *source, off, length int64, h *Header) error {
	b, err := s.at(off, int(min(length, windowLen)))
	if err != nil {
		return err
	}
	if len(b) > 6 && string(b[:6]) == "Exif\x00\x00" { // some writers copy JPEG's prefix
		b = b[6:]
	}
	h.Orientation = exifOrientation(b)
	return nil
}

func le24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }
