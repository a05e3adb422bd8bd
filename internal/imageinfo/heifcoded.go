package imageinfo

import "bytes"

const (
	// maxCodedHead is how much of a coded picture is looked at for its own size.
	maxCodedHead = 1 << 10
	// maxCodedParts is how many parts of a picture are held against theirs; a
	// 100-megapixel photo in tiles of 512 pixels has some 400.
	maxCodedParts = 1024
	// codedSlack is by how much a coder enlarges a picture to whole blocks.
	codedSlack = 128
)

// sizesAgree reports whether the parts of the shown picture are coded in the
// size that their description has. What a decoder makes follows the coded one,
// and a kilobyte is enough to code a picture of any size.
func (m *heif) sizesAgree(s *source, items []uint32) (bool, error) {
	seen := map[uint16]bool{}
	for _, item := range items[:min(len(items), maxCodedParts)] {
		width, height := m.extent(item)
		w, h, err := m.codedSize(s, item, seen)
		if err != nil {
			return false, err
		}
		if width > 0 && w > uint64(width)+codedSlack || height > 0 && h > uint64(height)+codedSlack {
			return false, nil
		}
	}
	return true, nil
}

// codedSize is what the codec's own header says, zero where that cannot be
// told. seen are the properties that were looked at before.
func (m *heif) codedSize(s *source, item uint32, seen map[uint16]bool) (width, height uint64, err error) {
	switch m.kinds[item] {
	case "av01":
		b, err := m.itemData(s, item, maxCodedHead)
		if err != nil {
			return 0, 0, unlessRejected(err)
		}
		width, height = av1Size(b)
	case "hvc1", "hev1":
		for _, n := range m.uses[item] {
			if p := m.property(n); p.kind == "hvcC" && !seen[n] {
				seen[n] = true
				w, h := hevcSize(p.body)
				width, height = max(width, w), max(height, h)
			}
		}
	}
	return width, height, nil
}

// bitReader reads a stream of bits. Beyond its end they are zero.
type bitReader struct {
	b  []byte
	at int
}

func (r *bitReader) read(n int) (v uint64) {
	for range n {
		v <<= 1
		if i := r.at >> 3; i < len(r.b) {
			v |= uint64(r.b[i]>>(7-r.at&7)) & 1
		}
		r.at++
	}
	return v
}

func (r *bitReader) flag() bool { return r.read(1) == 1 }

// golomb reads a number of a length that is told by as many zeros.
func (r *bitReader) golomb() uint64 {
	zeros := 0
	for !r.flag() {
		if zeros++; zeros > 32 {
			return 0
		}
	}
	return 1<<zeros - 1 + r.read(zeros)
}

// av1Size finds the sequence header in the beginning of AV1 data.
func av1Size(b []byte) (width, height uint64) {
	c := cursor{b: b}
	for c.more() {
		head := c.u8()
		if head&4 != 0 {
			c.skip(1)
		}
		size := uint64(len(c.b))
		if head&2 != 0 {
			size = 0
			for i := range 8 {
				part := c.u8()
				if size |= uint64(part&0x7f) << (7 * i); part&0x80 == 0 {
					break
				}
			}
		}
		body := c.take(int(min(size, uint64(len(c.b)))))
		if head>>3&15 == 1 {
			return av1Sequence(&bitReader{b: body})
		}
	}
	return 0, 0
}

func av1Sequence(r *bitReader) (width, height uint64) {
	r.read(4) // profile, still picture
	if r.flag() {
		r.read(5) // the short form of still pictures: its level
	} else {
		av1Operating(r)
	}
	w, h := int(r.read(4))+1, int(r.read(4))+1
	return r.read(w) + 1, r.read(h) + 1
}

// av1Operating skips timing and operating points.
func av1Operating(r *bitReader) {
	model, delay := false, 0
	if r.flag() {
		r.read(64)
		if r.flag() {
			r.golomb()
		}
		if model = r.flag(); model {
			delay = int(r.read(5)) + 1
			r.read(42)
		}
	}
	initial := r.flag()
	for range r.read(5) + 1 {
		r.read(12)
		if r.read(5) > 7 {
			r.read(1)
		}
		if model && r.flag() {
			r.read(2*delay + 1)
		}
		if initial && r.flag() {
			r.read(4)
		}
	}
}

// hevcSize finds the largest picture that the parameter sets of hvcC describe.
func hevcSize(body []byte) (width, height uint64) {
	c := cursor{b: body}
	c.skip(22)
	for range c.u8() {
		kind := c.u8() & 0x3f
		for range c.u16() {
			unit := c.take(int(c.u16()))
			if c.bad {
				return width, height
			}
			if kind == 33 || len(unit) > 0 && unit[0]>>1&0x3f == 33 {
				w, h := hevcSequence(unit)
				width, height = max(width, w), max(height, h)
			}
		}
	}
	return width, height
}

func hevcSequence(unit []byte) (width, height uint64) {
	unit = unit[:min(len(unit), maxCodedHead)]
	r := &bitReader{b: bytes.ReplaceAll(unit, []byte{0, 0, 3}, []byte{0, 0})}
	r.read(16 + 4) // header, number of the video's parameters
	layers := int(r.read(3))
	r.read(1 + 96) // nesting; profile and level
	profiles, levels := 0, 0
	for range layers {
		profiles += int(r.read(1))
		levels += int(r.read(1))
	}
	if layers > 0 {
		r.read(2 * (8 - layers))
	}
	r.read(88*profiles + 8*levels)
	r.golomb() // its number
	if r.golomb() == 3 {
		r.read(1)
	}
	return r.golomb(), r.golomb()
}
