package imageinfo

import "encoding/binary"

// span is a part of the file.
type span struct{ from, to int64 }

// readBox reads the head of the box at off, which must lie in a span that ends
// at end: its type, what is in it, and whether it is whole.
func (s *source) readBox(off, end int64) (kind string, body span, err error) {
	if off > end-8 {
		return "", span{}, cutShort()
	}
	b, err := s.at(off, 8)
	if err != nil {
		return "", span{}, err
	}
	size, head := int64(binary.BigEndian.Uint32(b)), int64(8)
	kind = string(b[4:8])
	switch size {
	case 0: // to the end of what holds it
		size = end - off
	case 1:
		if b, err = s.at(off+8, 8); err != nil {
			return "", span{}, err
		}
		size, head = int64(min(binary.BigEndian.Uint64(b), 1<<62)), 16
	}
	switch {
	case size < head:
		return "", span{}, corrupt("The file's boxes are damaged.")
	case size > end-off:
		return "", span{}, cutShort()
	}
	return kind, span{off + head, off + size}, nil
}

// sequence counts the samples of the longest track of an image sequence, 0
// where there is none. Nothing here is decoded, so damage is nobody's concern.
func (s *source) sequence() int {
	frames, budget := 0, maxTopBoxes
	var walk func(in span, path []string)
	walk = func(in span, path []string) {
		for off := in.from; off < in.to && budget > 0; {
			budget--
			kind, body, err := s.readBox(off, in.to)
			if err != nil {
				return
			}
			off = body.to
			switch {
			case kind != path[0]:
			case len(path) > 1:
				walk(body, path[1:])
			case body.to-body.from >= 12: // version and flags, the size of all samples, their number
				if n, err := s.be32(body.from + 8); err == nil {
					frames = max(frames, int(min(n, 1<<30)))
				}
			}
		}
	}
	walk(span{0, s.size}, []string{"moov", "trak", "mdia", "minf", "stbl", "stsz"})
	return frames
}
