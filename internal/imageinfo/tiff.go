package imageinfo

import (
	"bytes"
	"encoding/binary"
	"math"
)

// TIFF tags, as far as they are read here.
const (
	tagSubfileType     = 254
	tagImageWidth      = 256
	tagImageLength     = 257
	tagBitsPerSample   = 258
	tagPhotometric     = 262
	tagStripOffsets    = 273
	tagOrientation     = 274
	tagSamplesPerPixel = 277
	tagStripByteCounts = 279
	tagTileOffsets     = 324
	tagTileByteCounts  = 325
	tagExtraSamples    = 338
	tagICCProfile      = 34675
	tagDNGVersion      = 50706
)

// maxIFDEntries is beyond any real directory; the classic format could name 65,535.
const maxIFDEntries = 4096

// maxStrips is more than 100 megapixels take in tiles of 16 × 16, four planes.
const maxStrips = 2 << 20

// tiffFile reads directories of a classic or big TIFF. EXIF is one of them.
type tiffFile struct {
	s     *source
	order binary.ByteOrder
	big   bool
}

// tiffEntry is one tag of a directory; its values begin at off in the file.
type tiffEntry struct {
	kind  uint16
	count uint64
	off   int64
}

func openTIFF(s *source) (f tiffFile, first int64, err error) {
	b, err := s.at(0, 8)
	if err != nil {
		return f, 0, err
	}
	f = tiffFile{s: s, order: binary.LittleEndian}
	if b[0] == 'M' {
		f.order = binary.BigEndian
	}
	switch magic := f.order.Uint16(b[2:]); {
	case string(b[:2]) != "II" && string(b[:2]) != "MM", magic != 42 && magic != 43:
		return f, 0, corrupt("The TIFF header is damaged.")
	case magic == 42:
		return f, int64(f.order.Uint32(b[4:])), nil
	}
	f.big = true
	if b, err = s.at(8, 8); err != nil {
		return f, 0, err
	}
	first, err = f.offset(f.order.Uint64(b))
	return f, first, err
}

func (f tiffFile) offset(v uint64) (int64, error) {
	if v > math.MaxInt64/2 {
		return 0, cutShort()
	}
	return int64(v), nil
}

// openDirectory reads how many entries the directory at off has, of how many
// bytes each, and where they begin.
func (f tiffFile) openDirectory(off int64) (n, entry, first int64, err error) {
	head, entry := 2, int64(12)
	if f.big {
		head, entry = 8, 20
	}
	b, err := f.s.at(off, head)
	if err != nil {
		return 0, 0, 0, err
	}
	count := uint64(f.order.Uint16(b))
	if f.big {
		count = f.order.Uint64(b)
	}
	if count == 0 || count > maxIFDEntries {
		return 0, 0, 0, corrupt("A TIFF directory is damaged.")
	}
	return int64(count), entry, off + int64(head), nil
}

// directory reads the entries at off and the offset of the next directory.
func (f tiffFile) directory(off int64) (map[uint16]tiffEntry, int64, error) {
	n, entry, off, err := f.openDirectory(off)
	if err != nil {
		return nil, 0, err
	}
	tags := make(map[uint16]tiffEntry, n)
	for range n {
		tag, e, err := f.entry(off, int(entry))
		if err != nil {
			return nil, 0, err
		}
		if _, seen := tags[tag]; !seen {
			tags[tag] = e
		}
		off += entry
	}
	next, err := f.next(off)
	return tags, next, err
}

// skipDirectory reads the offset of the directory behind the one at off.
func (f tiffFile) skipDirectory(off int64) (int64, error) {
	n, entry, first, err := f.openDirectory(off)
	if err != nil {
		return 0, err
	}
	return f.next(first + n*entry)
}

func (f tiffFile) entry(off int64, length int) (uint16, tiffEntry, error) {
	b, err := f.s.at(off, length)
	if err != nil {
		return 0, tiffEntry{}, err
	}
	tag := f.order.Uint16(b)
	e := tiffEntry{kind: f.order.Uint16(b[2:]), count: uint64(f.order.Uint32(b[4:])), off: off + 8}
	inline, value := uint64(4), uint64(f.order.Uint32(b[8:]))
	if f.big {
		e.count, e.off = f.order.Uint64(b[4:]), off+12
		inline, value = 8, f.order.Uint64(b[12:])
	}
	if int(e.kind) >= len(valueLen) || valueLen[e.kind] == 0 || e.count <= inline/valueLen[e.kind] {
		return tag, e, nil
	}
	e.off, err = f.offset(value)
	return tag, e, err
}

func (f tiffFile) next(off int64) (int64, error) {
	n := 4
	if f.big {
		n = 8
	}
	b, err := f.s.at(off, n)
	if err != nil {
		return 0, err
	}
	if f.big {
		return f.offset(f.order.Uint64(b))
	}
	return int64(f.order.Uint32(b)), nil
}

// valueLen is the bytes of one value of each kind of entry.
var valueLen = [19]uint64{
	1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
}

// inside reports whether all values of an entry lie within a file of size bytes.
func (e tiffEntry) inside(size int64) bool {
	if int(e.kind) >= len(valueLen) || valueLen[e.kind] == 0 {
		return true // of a kind that nobody reads
	}
	return e.off <= size && e.count <= uint64(size-e.off)/valueLen[e.kind]
}

// size is the bytes of one whole number, 0 for a kind that holds none.
func (e tiffEntry) size() uint64 {
	switch e.kind {
	case 1, 6, 7:
		return 1
	case 3, 8:
		return 2
	case 4, 9, 13:
		return 4
	case 16, 17, 18:
		return 8
	}
	return 0
}

// value reads the i-th whole number of an entry.
func (f tiffFile) value(e tiffEntry, i uint64) (uint64, error) {
	size := e.size()
	if size == 0 || i >= e.count || i > uint64(f.s.size)/size {
		return 0, corrupt("A TIFF tag is damaged.")
	}
	b, err := f.s.at(e.off+int64(i*size), int(size))
	if err != nil {
		return 0, err
	}
	switch size {
	case 1:
		return uint64(b[0]), nil
	case 2:
		return uint64(f.order.Uint16(b)), nil
	case 4:
		return uint64(f.order.Uint32(b)), nil
	default:
		return f.order.Uint64(b), nil
	}
}

// number reads the first value of a tag, or def where it is not there.
func (f tiffFile) number(tags map[uint16]tiffEntry, tag uint16, def uint64) (uint64, error) {
	e, ok := tags[tag]
	if !ok {
		return def, nil
	}
	return f.value(e, 0)
}

// exifOrientation finds the orientation in an EXIF block. What cannot be read
// counts as upright, as every viewer has it.
func exifOrientation(exif []byte) int {
	f, first, err := openTIFF(newSource(bytes.NewReader(exif), int64(len(exif))))
	if err != nil {
		return 1
	}
	// A damaged rest of the directory must not hide the tag: read it entry by entry.
	b, err := f.s.at(first, 2)
	if err != nil || f.big {
		return 1
	}
	n := min(int(f.order.Uint16(b)), maxIFDEntries)
	for i := range n {
		tag, e, err := f.entry(first+2+int64(i)*12, 12)
		if err != nil {
			return 1
		}
		if tag != tagOrientation {
			continue
		}
		if v, err := f.value(e, 0); err == nil {
			return orientation(v)
		}
		return 1
	}
	return 1
}

func orientation(v uint64) int {
	if v < 1 || v > 8 {
		return 1
	}
	return int(v)
}
