package codec

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// box is one box of an ISO media file, of the shape that has children or of
// the one that has not.
type box struct {
	kind     string
	body     []byte // before the children
	children []*box
}

// parseBoxes reads boxes that follow each other. What is not listed as having
// children is taken as a whole.
func parseBoxes(t testing.TB, b []byte) (out []*box) {
	t.Helper()
	for len(b) > 0 {
		require.GreaterOrEqual(t, len(b), 8, "a box cut off")
		size, head := int(binary.BigEndian.Uint32(b)), 8
		switch size {
		case 0:
			size = len(b)
		case 1:
			size, head = int(binary.BigEndian.Uint64(b[8:])), 16
		}
		require.True(t, size >= head && size <= len(b), "a box of %d bytes in %d", size, len(b))
		x := &box{kind: string(b[4:8]), body: b[head:size]}
		own := map[string]int{"meta": 4, "iprp": 0, "ipco": 0, "iref": 4, "iinf": 6, "moov": 0, "trak": 0}
		if n, ok := own[x.kind]; ok {
			x.children = parseBoxes(t, x.body[n:])
			x.body = x.body[:n]
		}
		out, b = append(out, x), b[size:]
	}
	return out
}

func (x *box) bytes() []byte {
	out := append([]byte{0, 0, 0, 0}, x.kind...)
	out = append(out, x.body...)
	for _, c := range x.children {
		out = append(out, c.bytes()...)
	}
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return out
}

// find follows a path of kinds, nil where there is none.
func find(boxes []*box, path ...string) *box {
	for _, x := range boxes {
		if x.kind != path[0] {
			continue
		}
		if len(path) == 1 {
			return x
		}
		return find(x.children, path[1:]...)
	}
	return nil
}

// transform is an irot (quarter turns against the clock) or an imir (0 top
// with bottom, 1 left with right).
type transform struct {
	kind  string
	value byte
}

// orientation is the EXIF number that does the same.
func (f transform) orientation() int {
	if f.kind == "imir" {
		return [2]int{4, 2}[f.value]
	}
	return [4]int{1, 8, 3, 6}[f.value]
}

// withTransforms adds properties to the primary item of a HEIF file: the
// boxes for them, that the item has them, and that its data lies further back.
func withTransforms(t testing.TB, file []byte, transforms ...transform) []byte {
	t.Helper()
	boxes := parseBoxes(t, bytes.Clone(file))
	before := len(find(boxes, "meta").bytes())
	pitm, ipco, ipma := find(boxes, "meta", "pitm"), find(boxes, "meta", "iprp", "ipco"), find(boxes, "meta", "iprp", "ipma")
	primary := binary.BigEndian.Uint16(pitm.body[4:])
	var links []byte
	for _, f := range transforms {
		ipco.children = append(ipco.children, &box{kind: f.kind, body: []byte{f.value}})
		links = append(links, 0x80|byte(len(ipco.children)))
	}
	require.Equal(t, []byte{0, 0, 0, 0}, ipma.body[:4], "short item numbers and properties")
	out := ipma.body[:8:8]
	for rest := ipma.body[8:]; len(rest) > 0; {
		n := 3 + int(rest[2])
		entry := append([]byte{}, rest[:n]...)
		if binary.BigEndian.Uint16(rest) == primary {
			entry = append(entry, links...)
			entry[2] += byte(len(links))
		}
		out, rest = append(out, entry...), rest[n:]
	}
	ipma.body = out
	moveItems(t, find(boxes, "meta", "iloc"), len(find(boxes, "meta").bytes())-before)
	var whole []byte
	for _, x := range boxes {
		whole = append(whole, x.bytes()...)
	}
	return whole
}

// moveItems adds to the offsets of all items.
func moveItems(t testing.TB, iloc *box, by int) {
	t.Helper()
	be := binary.BigEndian
	require.LessOrEqual(t, iloc.body[0], byte(1))
	require.Equal(t, byte(0x44), iloc.body[4], "offsets and lengths of four bytes")
	base := int(iloc.body[5] >> 4)
	at := 8
	for range be.Uint16(iloc.body[6:]) {
		inFile := true
		if at += 2; iloc.body[0] == 1 {
			inFile = be.Uint16(iloc.body[at:]) == 0
			at += 2
		}
		at += 2
		if base > 0 && inFile {
			be.PutUint32(iloc.body[at:], be.Uint32(iloc.body[at:])+uint32(by))
		}
		at += base
		extents := int(be.Uint16(iloc.body[at:]))
		at += 2
		for range extents {
			if base == 0 && inFile {
				be.PutUint32(iloc.body[at:], be.Uint32(iloc.body[at:])+uint32(by))
			}
			at += 8
		}
	}
}
