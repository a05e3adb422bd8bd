package imageinfo

import "bytes"

// place is where the bytes of an item lie: in the file, or (inline) in idat.
type place struct {
	inline bool
	off    uint64
	length uint64
}

// parse reads the children of the meta box, and reports whether they made sense.
func (m *heif) parse(c cursor) bool {
	c.full()
	for c.more() {
		kind, body := c.box()
		ok := true
		switch kind {
		case "pitm":
			m.primary = body.id(first(body.full()) == 0)
			ok = !body.bad
		case "iinf":
			ok = m.parseItems(body)
		case "iprp":
			ok = m.parseProperties(body)
		case "iref":
			ok = m.parseReferences(body)
		case "iloc":
			ok = m.parsePlaces(body)
		case "idat":
			m.data = body.b
		}
		if !ok {
			return false
		}
	}
	return !c.bad
}

func first[A, B any](a A, _ B) A { return a }

// id reads an item number, which is short in the older version of its box.
func (c *cursor) id(short bool) uint32 {
	if short {
		return uint32(c.u16())
	}
	return c.u32()
}

func (m *heif) parseItems(c cursor) bool {
	version, _ := c.full()
	n := c.id(version == 0)
	for range min(n, maxItems) {
		kind, body := c.box()
		if c.bad {
			return false
		}
		if kind != "infe" {
			continue
		}
		v, _ := body.full()
		if v < 2 {
			continue
		}
		id := body.id(v == 2)
		body.skip(2)
		name := string(body.take(4))
		if body.bad {
			return false
		}
		m.kinds[id] = name
	}
	return true
}

func (m *heif) parseProperties(c cursor) bool {
	for c.more() {
		kind, body := c.box()
		switch kind {
		case "ipco":
			for body.more() && len(m.properties) < maxItems {
				k, b := body.box()
				m.properties = append(m.properties, property{kind: k, body: b.b})
			}
			if body.bad {
				return false
			}
		case "ipma":
			if !m.parseUses(body) {
				return false
			}
		}
	}
	return !c.bad
}

func (m *heif) parseUses(c cursor) bool {
	version, flags := c.full()
	for range min(c.u32(), maxItems) {
		id := c.id(version < 1)
		n := c.u8()
		for range n {
			number := uint16(c.u8()) & 0x7f
			if flags&1 != 0 {
				number = number<<8 | uint16(c.u8())
			}
			if c.bad {
				return false
			}
			m.uses[id] = append(m.uses[id], number)
		}
		if len(m.uses[id]) > maxUses {
			return false
		}
	}
	return !c.bad
}

func (m *heif) parseReferences(c cursor) bool {
	version, _ := c.full()
	for c.more() {
		kind, body := c.box()
		from := body.id(version == 0)
		n := body.u16()
		for range min(int(n), maxItems) {
			to := body.id(version == 0)
			if body.bad {
				return false
			}
			switch kind {
			case "dimg":
				m.parts[from] = append(m.parts[from], to)
			case "auxl":
				m.masks = append(m.masks, reference{from: from, to: to})
			}
		}
	}
	return !c.bad
}

func (m *heif) parsePlaces(c cursor) bool {
	version, _ := c.full()
	sizes := c.u16()
	offLen, lenLen := int(sizes>>12), int(sizes>>8&15)
	baseLen, indexLen := int(sizes>>4&15), int(sizes&15)
	if offLen > 8 || lenLen > 8 || baseLen > 8 || indexLen > 8 {
		return false
	}
	for range min(c.id(version < 2), maxItems) {
		id := c.id(version < 2)
		inline := false
		if version > 0 {
			inline = c.u16()&15 == 1
		}
		c.skip(2)
		base := c.uint(baseLen)
		extents := c.u16()
		if offLen+lenLen == 0 {
			extents = min(extents, 1) // without a size they are all the same, and cost the file nothing
		}
		for i := range extents {
			if version > 0 {
				c.skip(indexLen)
			}
			off, length := c.uint(offLen), c.uint(lenLen)
			if c.bad {
				return false
			}
			if i == 0 {
				m.places[id] = place{inline: inline, off: base + off, length: length}
			}
		}
	}
	return !c.bad
}

func (m *heif) property(number uint16) property {
	if number == 0 || int(number) > len(m.properties) {
		return property{}
	}
	return m.properties[number-1]
}

// maxAuxName is beyond the names of what auxiliary pictures are for.
const maxAuxName = 128

func (m *heif) isAlpha(item uint32) bool {
	for _, n := range m.uses[item] {
		p := m.property(n)
		if name := p.body[:min(len(p.body), maxAuxName)]; p.kind == "auxC" &&
			(bytes.Contains(name, []byte(":auxiliary:alpha")) || bytes.Contains(name, []byte("hevc:2015:auxid:1"))) {
			return true
		}
	}
	return false
}

// itemData reads the beginning of an item's first extent, up to n bytes.
func (m *heif) itemData(s *source, item uint32, n int) ([]byte, error) {
	p, ok := m.places[item]
	if !ok {
		return nil, corrupt("The picture's data is missing.")
	}
	if p.length != 0 {
		n = int(min(uint64(n), p.length))
	}
	if !p.inline {
		if p.off > uint64(s.size) {
			return nil, cutShort()
		}
		return s.at(int64(p.off), int(min(int64(n), s.size-int64(p.off))))
	}
	if p.off > uint64(len(m.data)) {
		return nil, corrupt("The picture's data is missing.")
	}
	return m.data[p.off:][:min(n, len(m.data)-int(p.off))], nil
}
