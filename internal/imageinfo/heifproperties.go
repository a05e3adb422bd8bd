package imageinfo

// apply takes over the properties of an item. Transforms count for the item
// that is shown, not for the parts it is made of.
func (m *heif) apply(item uint32, h *Header, transforms bool) {
	t := turn{}
	for _, n := range m.uses[item] {
		p := m.property(n)
		c := cursor{b: p.body}
		switch p.kind {
		case "ispe":
			c.skip(4)
			h.grow(int(min(c.u32(), 1<<31-1)), int(min(c.u32(), 1<<31-1)))
		case "pixi":
			c.skip(4)
			if c.u8() > 0 {
				h.BitDepth = int(c.u8())
			}
		case "av1C":
			c.skip(2)
			flags := c.u8()
			if flags&0x10 != 0 {
				h.Color = ColorGray
			}
			if h.BitDepth == 0 {
				h.BitDepth = av1Depth(flags)
			}
		case "hvcC":
			c.skip(16)
			if c.u8()&3 == 0 && !c.bad {
				h.Color = ColorGray
			}
			if h.BitDepth == 0 {
				h.BitDepth = int(c.u8()&7) + 8
			}
		case "colr":
			if kind := string(c.take(4)); kind == "prof" || kind == "rICC" {
				h.profile(c.b)
			}
		case "irot":
			t.rotate(c.u8() & 3)
		case "imir":
			t.mirror(c.u8() & 1)
		}
	}
	if transforms {
		h.Orientation = t.orientation()
	}
}

func av1Depth(flags byte) int {
	switch {
	case flags&0x40 == 0:
		return 8
	case flags&0x20 == 0:
		return 10
	}
	return 12
}

// turn is a left-right mirroring, done first, and quarter turns clockwise.
type turn struct {
	mirrored bool
	quarters int
}

// rotate adds quarter turns anticlockwise, as irot counts them.
func (t *turn) rotate(quarters byte) { t.quarters = (t.quarters + 4 - int(quarters)) & 3 }

// mirror adds a mirroring: 0 exchanges top and bottom, 1 left and right.
func (t *turn) mirror(mode byte) {
	t.mirrored = !t.mirrored
	t.quarters = (4 - t.quarters) & 3
	if mode == 0 {
		t.quarters = (t.quarters + 2) & 3
	}
}

// orientation is the EXIF number of the turn.
func (t turn) orientation() int {
	if t.mirrored {
		return [4]int{2, 7, 4, 5}[t.quarters]
	}
	return [4]int{1, 6, 3, 8}[t.quarters]
}
