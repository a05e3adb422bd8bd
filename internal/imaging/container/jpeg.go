package container

import (
	"bytes"
	"encoding/binary"
)

const (
	jpegTEM   = 0x01
	jpegRST0  = 0xd0
	jpegSOI   = 0xd8
	jpegEOI   = 0xd9
	jpegSOS   = 0xda
	jpegAPP0  = 0xe0
	jpegAPP14 = 0xee
)

// keepJPEG lists the segments that make the picture: frames of the kinds that
// are taken, tables, scans, restart intervals and a late number of lines.
var keepJPEG = map[byte]bool{
	0xc0: true, 0xc1: true, 0xc2: true, 0xc9: true, 0xca: true,
	0xc4: true, 0xcc: true, jpegSOS: true, 0xdb: true, 0xdc: true, 0xdd: true,
}

// cutJPEG keeps tables, frame and scans, the JFIF header without its
// thumbnail, and Adobe's segment, which says how the colours are coded. It
// ends at the first end of image: phones append further pictures there.
func cutJPEG(file []byte) ([]byte, error) {
	if !bytes.HasPrefix(file, []byte{0xff, jpegSOI}) {
		return nil, malformed("jpeg", "no start of image")
	}
	out := append(make([]byte, 0, len(file)), 0xff, jpegSOI)
	for at := 2; ; {
		for at < len(file) && file[at] != 0xff {
			at++ // stray bytes between segments, which decoders skip
		}
		for at < len(file) && file[at] == 0xff {
			at++
		}
		if at >= len(file) {
			return nil, malformed("jpeg", "no end of image")
		}
		marker := file[at]
		at++
		switch {
		case marker == jpegEOI:
			return append(out, 0xff, jpegEOI), nil
		case marker == 0, marker == jpegTEM, marker >= jpegRST0 && marker <= jpegSOI:
			continue
		}
		if len(file)-at < 2 {
			return nil, malformed("jpeg", "segment cut off")
		}
		length := int(binary.BigEndian.Uint16(file[at:]))
		if length < 2 || length > len(file)-at {
			return nil, malformed("jpeg", "segment length")
		}
		out = appendSegment(out, marker, file[at+2:at+length])
		at += length
		if marker == jpegSOS {
			n := entropyLen(file[at:])
			out = append(out, file[at:at+n]...)
			at += n
		}
	}
}

// appendSegment adds what stays of a segment.
func appendSegment(out []byte, marker byte, body []byte) []byte {
	switch {
	case marker == jpegAPP0:
		if !bytes.HasPrefix(body, []byte("JFIF\x00")) || len(body) < 14 {
			return out
		}
		body = append(bytes.Clone(body[:12]), 0, 0) // thumbnail of 0 × 0
	case marker == jpegAPP14:
		if !bytes.HasPrefix(body, []byte("Adobe")) || len(body) < 12 {
			return out
		}
		body = body[:12]
	case !keepJPEG[marker]:
		return out
	}
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	return append(out, body...)
}

// entropyLen is the length of coded data: up to a marker that is neither a
// stuffed byte nor a restart.
func entropyLen(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], 0xff)
		if i < 0 || at+i+1 >= len(b) {
			return len(b)
		}
		at += i + 1
		if m := b[at]; m != 0 && m != 0xff && (m < jpegRST0 || m >= jpegSOI) {
			return at - 1
		}
	}
}
