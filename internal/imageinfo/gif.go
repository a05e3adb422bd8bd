package imageinfo

import "encoding/binary"

// GIF blocks.
const (
	gifExtension = 0x21
	gifImage     = 0x2c
	gifTrailer   = 0x3b
	gifControl   = 0xf9
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
			off, err = gifSkipImage(s, off, h)
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

func gifSkipImage(s *source, off int64, h *Header) (int64, error) {
	b, err := s.at(off, 11) // with at least the code size behind it
	if err != nil {
		return 0, err
	}
	right := int(binary.LittleEndian.Uint16(b[1:])) + int(binary.LittleEndian.Uint16(b[5:]))
	bottom := int(binary.LittleEndian.Uint16(b[3:])) + int(binary.LittleEndian.Uint16(b[7:]))
	if h.Width == 0 || h.Height == 0 { // some writers leave the screen empty; decoders take the frame
		h.grow(right, bottom)
	}
	return gifSkipBlocks(s, off+10+gifTable(b[9])+1)
}

func gifSkipExtension(s *source, off int64, h *Header) (int64, error) {
	b, err := s.at(off, 4)
	if err != nil {
		return 0, err
	}
	h.Alpha = h.Alpha || b[1] == gifControl && b[2] >= 4 && b[3]&1 != 0
	return gifSkipBlocks(s, off+2)
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
