package imageinfo

import "strings"

const (
	// maxMeta bounds the description of a HEIF file, which is read into
	// memory; that of a phone's photo takes a few kilobytes.
	maxMeta = 4 << 20
	// maxTopBoxes bounds the search for it.
	maxTopBoxes = 1024
	// maxItems bounds items and properties; a 48-megapixel photo has some 200.
	maxItems = 10_000
	// maxUses bounds the properties of one item, of which real ones have five or so.
	maxUses = 64
)

// heif is what the meta box of an AVIF or HEIC file says.
type heif struct {
	primary    uint32
	kinds      map[uint32]string   // item -> its type
	properties []property          // in the order of the file, first is number 1
	uses       map[uint32][]uint16 // item -> numbers of its properties
	parts      map[uint32][]uint32 // derived item -> what it is made of
	masks      []reference         // auxiliary item -> what it belongs to
	places     map[uint32]place
	data       []byte // idat
}

type reference struct{ from, to uint32 }

type property struct {
	kind string
	body []byte
}

// readHEIF reads the primary item's size, transforms and coding.
func readHEIF(s *source, h *Header) error {
	body, err := findMeta(s)
	if err != nil {
		return err
	}
	m := heif{
		kinds: map[uint32]string{}, uses: map[uint32][]uint16{},
		parts: map[uint32][]uint32{}, places: map[uint32]place{},
	}
	if !m.parse(cursor{b: body}) {
		return corrupt("The description inside the file is damaged.")
	}
	if err := m.describe(s, h); err != nil {
		return err
	}
	h.Frames = max(h.Frames, s.sequence())
	return nil
}

func findMeta(s *source) ([]byte, error) {
	off := int64(0)
	for range maxTopBoxes {
		kind, body, err := s.readBox(off, s.size)
		switch {
		case err != nil:
			return nil, err
		case kind == "meta" && body.to-body.from > maxMeta:
			return nil, unsupported("The description inside the file is too long.")
		case kind == "meta":
			return s.copy(body.from, int(body.to-body.from))
		}
		off = body.to
	}
	return nil, corrupt("The file has no description of its picture.")
}

// copy reads n bytes that may be more than the window.
func (s *source) copy(off int64, n int) ([]byte, error) {
	out := make([]byte, 0, n)
	for len(out) < n {
		b, err := s.at(off+int64(len(out)), min(n-len(out), windowLen))
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return out, nil
}

// codings are the item types that are decoded, directly or as the parts of a derived item.
var codings = map[string]Format{"av01": AVIF, "hvc1": HEIC, "hev1": HEIC}

// describe fills the header from the primary item and, where it is made of
// others (a grid of tiles, a rotated copy), from those.
func (m *heif) describe(s *source, h *Header) error {
	h.Color, h.Width, h.Height = ColorRGB, 0, 0
	coded, items := m.primary, []uint32{m.primary}
	switch m.kinds[m.primary] {
	case "grid", "iden", "iovl":
		parts := m.parts[m.primary]
		if len(parts) == 0 {
			return corrupt("The picture is made of parts that are missing.")
		}
		coded, items = parts[0], parts
		if err := m.growByParts(s, h); err != nil {
			return err
		}
	case "":
		return corrupt("The file does not say which picture is the main one.")
	}
	format, ok := codings[m.kinds[coded]]
	if !ok {
		return unsupported("Pictures coded as %q inside a HEIF file are not taken.", strings.ToValidUTF8(m.kinds[coded], "?"))
	}
	agree, err := m.sizesAgree(s, items)
	if err != nil {
		return err
	}
	if !agree {
		return corrupt("The picture contradicts itself about its size.")
	}
	h.Format = format
	m.apply(coded, h, false)
	m.apply(m.primary, h, true)
	for _, mask := range m.masks[:min(len(m.masks), maxItems)] {
		h.Alpha = h.Alpha || mask.to == m.primary && m.isAlpha(mask.from)
	}
	return nil
}

// growByParts takes over the size that a grid states in its own data, and
// makes sure that its tiles come to no more than that.
func (m *heif) growByParts(s *source, h *Header) error {
	parts := m.parts[m.primary]
	if m.kinds[m.primary] != "grid" {
		return nil
	}
	b, err := m.itemData(s, m.primary, 12)
	if err != nil {
		return err
	}
	c := cursor{b: b}
	c.skip(1)
	wide := 2
	if c.u8()&1 != 0 {
		wide = 4
	}
	rows, columns := int(c.u8())+1, int(c.u8())+1
	width, height := c.uint(wide), c.uint(wide)
	if c.bad || rows*columns > len(parts) {
		return corrupt("The picture's grid is damaged.")
	}
	w, ht := m.extent(parts[0])
	if w == 0 || ht == 0 || uint64(w)*uint64(columns-1) >= width || uint64(ht)*uint64(rows-1) >= height {
		return corrupt("The picture's grid is damaged.") // tiles that nobody would see, yet somebody decodes
	}
	h.grow(int(min(width, 1<<31-1)), int(min(height, 1<<31-1)))
	return nil
}

// extent is the size that an item claims.
func (m *heif) extent(item uint32) (width, height int) {
	for _, n := range m.uses[item] {
		if p := m.property(n); p.kind == "ispe" {
			c := cursor{b: p.body}
			c.skip(4)
			return int(min(c.u32(), 1<<31-1)), int(min(c.u32(), 1<<31-1))
		}
	}
	return 0, 0
}
