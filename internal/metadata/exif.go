package metadata

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// Tags of TIFF and EXIF directories that are looked at.
const (
	tagDescription  = 0x010e
	tagMake         = 0x010f
	tagModel        = 0x0110
	tagSoftware     = 0x0131
	tagDateTime     = 0x0132
	tagArtist       = 0x013b
	tagThumbnail    = 0x0201
	tagThumbLength  = 0x0202
	tagXMP          = 0x02bc
	tagCopyright    = 0x8298
	tagIPTC         = 0x83bb
	tagPhotoshop    = 0x8649
	tagEXIF         = 0x8769
	tagGPS          = 0x8825
	tagTaken        = 0x9003
	tagMakerNote    = 0x927c
	tagUserComment  = 0x9286
	tagOwner        = 0xa430
	tagSerial       = 0xa431
	tagLensSerial   = 0xa435
	maxEntries      = 1000
	latitude        = 2
	longitude       = 4
	rationalsLength = 24
)

// sizes of a value, by TIFF type.
var sizes = [...]int{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}

// directory is the values of a TIFF directory by tag, as bytes.
type directory struct {
	order  binary.ByteOrder
	values map[uint16][]byte
	next   uint32
}

func (d directory) text(tag uint16) string { return text(d.values[tag]) }

func (d directory) offset(tag uint16) uint32 {
	switch v := d.values[tag]; {
	case len(v) >= 4:
		return d.order.Uint32(v)
	case len(v) >= 2:
		return uint32(d.order.Uint16(v))
	}
	return 0
}

// openTIFF tells the byte order and where the first directory lies. BigTIFF is
// not looked into.
func openTIFF(b []byte) (order binary.ByteOrder, first uint32, ok bool) {
	if len(b) < 8 {
		return nil, 0, false
	}
	switch string(b[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return nil, 0, false
	}
	return order, order.Uint32(b[4:]), true
}

// readDirectory reads what lies within b.
func readDirectory(b []byte, order binary.ByteOrder, at uint32) directory {
	d := directory{order: order, values: map[uint16][]byte{}}
	if uint64(at)+2 > uint64(len(b)) || at == 0 {
		return d
	}
	n := min(int(order.Uint16(b[at:])), maxEntries)
	entries := b[at+2:]
	for i := range n {
		if len(entries) < 12*(i+1) {
			return d
		}
		e := entries[12*i:][:12]
		tag, kind, count := order.Uint16(e), order.Uint16(e[2:]), uint64(order.Uint32(e[4:]))
		if int(kind) >= len(sizes) || sizes[kind] == 0 {
			continue
		}
		length := count * uint64(sizes[kind])
		value := e[8:]
		if length > 4 {
			off := uint64(order.Uint32(e[8:]))
			if off > uint64(len(b)) || length > uint64(len(b))-off {
				continue
			}
			value = b[off:]
		}
		d.values[tag] = value[:length]
	}
	if len(entries) >= 12*n+4 {
		d.next = order.Uint32(entries[12*n:])
	}
	return d
}

// exif lists an EXIF block and what it holds.
func (l *list) exif(b []byte) {
	order, first, ok := openTIFF(b)
	if !ok {
		l.add(EXIF, len(b), "damaged")
		return
	}
	main := readDirectory(b, order, first)
	photo := readDirectory(b, order, main.offset(tagEXIF))
	l.add(EXIF, len(b), about(main, photo))
	l.directories(b, main, photo)
	thumb := readDirectory(b, order, main.next)
	if thumb.offset(tagThumbnail) != 0 {
		l.add(Thumbnail, int(thumb.offset(tagThumbLength)), "")
	}
}

// directories lists what EXIF and TIFF have in common.
func (l *list) directories(b []byte, main, photo directory) {
	if at := main.offset(tagGPS); at != 0 {
		l.gps(readDirectory(b, main.order, at))
	}
	if note := photo.values[tagMakerNote]; len(note) > 0 {
		l.add(MakerNote, len(note), "")
	}
	for _, tag := range []uint16{tagSerial, tagLensSerial} {
		if s := photo.text(tag); s != "" {
			l.add(Serial, len(photo.values[tag]), s)
		}
	}
	if c := photo.values[tagUserComment]; len(c) > 8 { // behind the name of its character set
		if s := text(c[8:]); s != "" {
			l.add(Comment, len(c), s)
		}
	}
}

// about is who and what took the picture, and when.
func about(main, photo directory) string {
	camera := main.text(tagModel)
	if maker := main.text(tagMake); maker != "" && !strings.HasPrefix(camera, maker) {
		camera = strings.TrimSpace(maker + " " + camera)
	}
	taken := photo.text(tagTaken)
	if taken == "" {
		taken = main.text(tagDateTime)
	}
	var parts []string
	for _, s := range []string{
		camera, main.text(tagSoftware), taken, main.text(tagDescription), main.text(tagArtist), main.text(tagCopyright), photo.text(tagOwner),
	} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

func (l *list) gps(d directory) {
	n := 0
	for tag, v := range d.values {
		if tag != 0 { // the version of the directory, which cameras write without a position too
			n += len(v)
		}
	}
	if n == 0 {
		return
	}
	north, okN := degrees(d.order, d.values[latitude])
	east, okE := degrees(d.order, d.values[longitude])
	if !okN || !okE {
		l.add(GPS, n, "")
		return
	}
	if d.text(latitude-1) == "S" {
		north = -north
	}
	if d.text(longitude-1) == "W" {
		east = -east
	}
	l.add(GPS, n, fmt.Sprintf("%.5f, %.5f", north, east))
}

// degrees reads degrees, minutes and seconds.
func degrees(order binary.ByteOrder, b []byte) (float64, bool) {
	if len(b) < rationalsLength {
		return 0, false
	}
	sum, unit := 0.0, 1.0
	for i := 0; i < rationalsLength; i += 8 {
		over, under := order.Uint32(b[i:]), order.Uint32(b[i+4:])
		if under != 0 {
			sum += float64(over) / float64(under) / unit
		} else if over != 0 {
			return 0, false
		}
		unit *= 60
	}
	return sum, !math.IsNaN(sum) && sum <= 360
}

// tiff lists the metadata of a TIFF file, whose own directory is what an EXIF
// block imitates.
func (l *list) tiff(b []byte) {
	order, first, ok := openTIFF(b)
	if !ok {
		return
	}
	main := readDirectory(b, order, first)
	photo := readDirectory(b, order, main.offset(tagEXIF))
	if said := about(main, photo); said != "" || len(photo.values) > 0 {
		n := 0
		for _, tag := range []uint16{tagMake, tagModel, tagSoftware, tagDateTime, tagDescription, tagArtist, tagCopyright} {
			n += len(main.values[tag])
		}
		for _, v := range photo.values {
			n += len(v)
		}
		l.add(EXIF, n, said)
	}
	l.directories(b, main, photo)
	if x := main.values[tagXMP]; len(x) > 0 {
		l.add(XMP, len(x), "")
	}
	if v := main.values[tagIPTC]; len(v) > 0 {
		l.add(IPTC, len(v), "")
	}
	if v := main.values[tagPhotoshop]; len(v) > 0 {
		l.add(Other, len(v), "Photoshop")
	}
}
