package imageinfo

import "encoding/binary"

// GIF blocks.
const (
	gifExtension = 0x21
	gifImage     = 0x2c
	gifTrailer   = 0x3b
	gifControl   = 0xf9
	gifApp       = 0xff
)

// readGIF walks all blocks to the trailer, without which the file was cut
// off, and stops early only when there are too many frames.
func readGIF(s *source, h *Header, maxFrames int) error {
	b, err := s.at(0, 13)
	if err != nil {
		return err
	}
	h.Width, h.Height = int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))
	h.BitDepth, h.Color = 8, ColorPalette
	off := 13 + gifTable(b[10])
	for frames := 0; ; {
		kind, err := s.u8(off)
		if err != nil {
			return err
		}
		switch kind {
		case gifTrailer:
			if frames == 0 {
				return corrupt("The GIF holds no picture.")
			}
			h.Frames, h.Animated = frames, frames > 1
			return nil
		case gifImage:
			if frames++; frames > maxFrames {
				h.Frames, h.Animated = frames, frames > 1
				return nil
			}
			off, err = gifSkipImage(s, off, h, frames == 1)
		case gifExtension:
			off, err = gifSkipExtension(s, off, h)
		default:
			return corrupt("The GIF's blocks are damaged.")
		}
		if err != nil {
			return err
		}
	}
}

func gifTable(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

func gifSkipImage(s *source, off int64, h *Header, first bool) (int64, error) {
	b, err := s.at(off, 11) // with at least the code size behind it
	if err != nil {
		return 0, err
	}
	right := int(binary.LittleEndian.Uint16(b[1:])) + int(binary.LittleEndian.Uint16(b[5:]))
	bottom := int(binary.LittleEndian.Uint16(b[3:])) + int(binary.LittleEndian.Uint16(b[7:]))
	if first || h.Width == 0 || h.Height == 0 { // decoders let the first frame widen a screen that is too small for it, or empty
		h.grow(right, bottom)
	}
	h.Progressive = h.Progressive || b[9]&0x40 != 0
	return gifSkipBlocks(s, off+10+gifTable(b[9])+1)
}

func gifSkipExtension(s *source, off int64, h *Header) (int64, error) {
	b, err := s.at(off, 4)
	if err != nil {
		return 0, err
	}
	h.Alpha = h.Alpha || b[1] == gifControl && b[2] >= 4 && b[3]&1 != 0
	if b[1] == gifApp && b[2] == 11 && !h.HasICC {
		name, err := s.at(off+3, 11)
		if err != nil {
			return 0, err
		}
		if string(name) == "ICCRGBG1012" {
			b, err := gifBlocks(s, off+14)
			if err != nil {
				return 0, err
			}
			h.profile(b)
		}
	}
	return gifSkipBlocks(s, off+2)
}

// gifBlocks puts the beginning of a chain of blocks together.
func gifBlocks(s *source, off int64) ([]byte, error) {
	var out []byte
	for len(out) < maxProfile {
		n, err := s.u8(off)
		if err != nil || n == 0 {
			return out, err
		}
		b, err := s.at(off+1, int(n))
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
		off += 1 + int64(n)
	}
	return out, nil
}

func gifSkipBlocks(s *source, off int64) (int64, error) {
	for {
		n, err := s.u8(off)
		if err != nil {
			return 0, err
		}
		off += 1 + int64(n)
		if n == 0 {
			return off, nil
		}
	}
}
