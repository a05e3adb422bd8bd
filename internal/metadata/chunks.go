package metadata

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Markers of JPEG.
const (
	markerRST0 = 0xd0
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP0 = 0xe0
	markerCOM  = 0xfe
)

func (l *list) jpeg(file []byte) {
	for at := 2; at+1 < len(file); {
		if file[at] != 0xff {
			next := bytes.IndexByte(file[at:], 0xff)
			if next < 0 {
				return
			}
			at += next
			continue
		}
		marker := file[at+1]
		at += 2
		switch {
		case marker == 0xff:
			at--
			continue
		case marker == markerEOI:
			l.trailer(len(file) - at)
			return
		case marker <= 1, marker >= markerRST0 && marker <= markerSOI:
			continue
		}
		if len(file)-at < 2 {
			return
		}
		length := int(binary.BigEndian.Uint16(file[at:]))
		if length < 2 || length > len(file)-at {
			return
		}
		l.segment(marker, file[at+2:at+length])
		at += length
	}
}

// segment lists one JPEG segment. What is needed to decode, and the colour
// profile, which the header tells of, are none of this.
func (l *list) segment(marker byte, body []byte) {
	begins := func(s string) bool { return bytes.HasPrefix(body, []byte(s)) }
	switch {
	case marker == markerCOM:
		l.add(Comment, len(body), text(body))
	case marker < markerAPP0 || marker > markerAPP0+15, begins("ICC_PROFILE\x00"), begins("Adobe"):
	case begins("JFIF\x00"):
		if len(body) > 14 {
			l.add(Thumbnail, len(body)-14, "")
		}
	case begins("JFXX\x00"):
		l.add(Thumbnail, len(body), "")
	case begins("Exif\x00\x00"):
		l.exif(body[6:])
	case begins("http://ns.adobe.com/xap/1.0/\x00"), begins("http://ns.adobe.com/xmp/extension/\x00"):
		l.add(XMP, len(body), "")
	case begins("Photoshop 3.0\x00"):
		if bytes.Contains(body, []byte("8BIM\x04\x04")) {
			l.add(IPTC, len(body), "")
		} else {
			l.add(Other, len(body), "Photoshop")
		}
	case begins("MPF\x00"):
		l.add(Other, len(body), "further pictures (MPF)")
	default:
		l.add(Other, len(body), fmt.Sprintf("APP%d", marker-markerAPP0))
	}
}

// pngPicture are the chunks that make the picture or tell how its colours are meant.
var pngPicture = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true, "sBIT": true,
	"cICP": true, "iCCP": true, "acTL": true, "fcTL": true, "fdAT": true, "bKGD": true, "pHYs": true,
}

func (l *list) png(file []byte) {
	for at := 8; len(file)-at >= 12; {
		length := uint64(binary.BigEndian.Uint32(file[at:]))
		if length > uint64(len(file)-at-12) {
			return
		}
		kind, body := string(file[at+4:at+8]), file[at+8:at+8+int(length)]
		at += 12 + int(length)
		switch {
		case kind == "IEND":
			l.trailer(len(file) - at)
			return
		case pngPicture[kind]:
		case kind == "eXIf":
			l.exif(body)
		case kind == "tEXt", kind == "zTXt", kind == "iTXt":
			l.pngText(kind, body)
		case kind == "tIME" && len(body) == 7:
			l.add(Text, len(body), fmt.Sprintf("changed %d-%02d-%02d", binary.BigEndian.Uint16(body), body[2], body[3]))
		default:
			l.add(Other, len(body), text([]byte(kind)))
		}
	}
}

func (l *list) pngText(kind string, body []byte) {
	name, value, _ := bytes.Cut(body, []byte{0})
	switch string(name) {
	case "XML:com.adobe.xmp":
		l.add(XMP, len(body), "")
		return
	case "Raw profile type exif", "Raw profile type APP1":
		l.add(EXIF, len(body), "as text")
		return
	case "Raw profile type iptc":
		l.add(IPTC, len(body), "")
		return
	}
	switch kind {
	case "zTXt":
		value = nil // compressed
	case "iTXt":
		if len(value) < 2 || value[0] != 0 {
			value = nil
			break
		}
		value = value[2:]
		for range 2 { // language, and the name in that language
			_, value, _ = bytes.Cut(value, []byte{0})
		}
	}
	l.add(Text, len(body), named(text(name), value))
}

func (l *list) webp(file []byte) {
	if len(file) < 12 {
		return
	}
	size := min(uint64(binary.LittleEndian.Uint32(file[4:]))+8, uint64(len(file)))
	for at := uint64(12); at+8 <= size; {
		kind, length := string(file[at:at+4]), uint64(binary.LittleEndian.Uint32(file[at+4:]))
		at += 8
		if length > size-at {
			return
		}
		body := file[at : at+length]
		at += length + length&1
		switch kind {
		case "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP":
		case "EXIF":
			l.exif(bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
		case "XMP ":
			l.add(XMP, len(body), "")
		default:
			l.add(Other, len(body), text([]byte(kind)))
		}
	}
	l.trailer(len(file) - int(size))
}

func (l *list) gif(file []byte) {
	if len(file) < 13 {
		return
	}
	at := 13 + gifTable(file[10])
	for at < len(file) {
		block := file[at]
		at++
		switch block {
		case ';':
			l.trailer(len(file) - at)
			return
		case ',':
			if len(file)-at < 10 {
				return
			}
			at += 10 + gifTable(file[at+8])
			_, at = subBlocks(file, at, 0)
		case '!':
			if at >= len(file) {
				return
			}
			at = l.gifExtension(file, at)
		default:
			return
		}
	}
}

func gifTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

func (l *list) gifExtension(file []byte, at int) int {
	const kept = 256 // as much as anybody reads
	kind, from := file[at], at+1
	body, end := subBlocks(file, from, kept)
	switch n := end - from; {
	case kind == 0xfe:
		l.add(Comment, n, text(body))
	case kind == 0x01:
		l.add(Text, n, "plain text")
	case kind == 0xff && bytes.HasPrefix(body, []byte("XMP DataXMP")):
		l.add(XMP, n, "")
	case kind == 0xff && (bytes.HasPrefix(body, []byte("NETSCAPE2.0")) || bytes.HasPrefix(body, []byte("ANIMEXTS1.0"))):
	case kind == 0xff && !bytes.HasPrefix(body, []byte("ICCRGBG1012")):
		l.add(Other, n, text(body[:min(11, len(body))]))
	}
	return end
}

// subBlocks walks to the end of a chain of blocks and keeps the first bytes.
func subBlocks(file []byte, at, keep int) (body []byte, end int) {
	for at < len(file) {
		n := int(file[at])
		at++
		if n == 0 {
			return body, at
		}
		part := file[at:min(at+n, len(file))]
		body = append(body, part[:min(len(part), keep-min(keep, len(body)))]...)
		at += n
	}
	return body, len(file)
}
