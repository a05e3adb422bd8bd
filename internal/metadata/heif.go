package metadata

import (
	"encoding/binary"
	"maps"
	"slices"
)

// boxes walks the boxes of b.
func boxes(b []byte, visit func(kind string, body []byte)) {
	for len(b) >= 8 {
		size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
		switch {
		case size == 0:
			size = uint64(len(b))
		case size == 1 && len(b) >= 16:
			size, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size < head || size > uint64(len(b)) {
			return
		}
		visit(string(b[4:8]), b[head:size])
		b = b[size:]
	}
}

// heif lists the items of an AVIF or HEIC that are no picture, and thumbnails.
func (l *list) heif(file []byte) {
	kinds := map[uint32]Kind{}
	places := map[uint32][2]uint64{}
	boxes(file, func(kind string, meta []byte) {
		if kind != "meta" || len(meta) < 4 {
			return
		}
		boxes(meta[4:], func(kind string, body []byte) {
			switch {
			case len(body) < 8:
			case kind == "iinf":
				skip := 6
				if body[0] != 0 {
					skip = 8
				}
				boxes(body[skip:], func(kind string, entry []byte) {
					if id, what := infe(entry); kind == "infe" && what != "" {
						kinds[id] = what
					}
				})
			case kind == "iloc":
				iloc(body, places)
			case kind == "iref":
				boxes(body[4:], func(kind string, _ []byte) {
					if kind == "thmb" {
						l.add(Thumbnail, 0, "")
					}
				})
			}
		})
	})
	for _, id := range slices.Sorted(maps.Keys(kinds)) {
		kind := kinds[id]
		at, n := places[id][0], places[id][1]
		if at > uint64(len(file)) || n > uint64(len(file))-at {
			at, n = 0, 0
		}
		body := file[at : at+n]
		if kind == EXIF && len(body) > 4 {
			if skip := uint64(binary.BigEndian.Uint32(body)) + 4; skip < uint64(len(body)) {
				l.exif(body[skip:])
				continue
			}
		}
		l.add(kind, len(body), "")
	}
}

// infe reads the entry of an item: its id and what kind of metadata it is.
func infe(b []byte) (id uint32, kind Kind) {
	if len(b) < 12 || b[0] < 2 {
		return 0, ""
	}
	rest := b[6:]
	id = uint32(binary.BigEndian.Uint16(b[4:]))
	if b[0] > 2 {
		if len(b) < 14 {
			return 0, ""
		}
		id, rest = binary.BigEndian.Uint32(b[4:]), b[8:]
	}
	switch string(rest[2:6]) {
	case "Exif":
		return id, EXIF
	case "mime":
		return id, XMP
	}
	return id, ""
}

// iloc reads where items lie that are in one piece and in the file itself.
func iloc(b []byte, places map[uint32][2]uint64) {
	version := b[0]
	offsetSize, lengthSize := int(b[4]>>4), int(b[4]&15)
	baseSize, indexSize := int(b[5]>>4), 0
	if version > 0 {
		indexSize = int(b[5] & 15)
	}
	rest, ok := b[6:], true
	read := func(n int) (v uint64) {
		if n > len(rest) || n > 8 {
			ok, rest = false, nil
			return 0
		}
		for _, c := range rest[:n] {
			v = v<<8 | uint64(c)
		}
		rest = rest[n:]
		return v
	}
	wide := 2
	if version > 1 {
		wide = 4
	}
	for range read(wide) {
		id, construction := uint32(read(wide)), uint64(0)
		if version > 0 {
			construction = read(2) & 15
		}
		read(2)
		base, extents := read(baseSize), read(2)
		for e := range extents {
			read(indexSize)
			at, n := base+read(offsetSize), read(lengthSize)
			if e == 0 && ok && extents == 1 && construction == 0 {
				places[id] = [2]uint64{at, n}
			}
			if !ok {
				return
			}
		}
		if !ok {
			return
		}
	}
}
