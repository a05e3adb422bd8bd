package imageinfo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"
)

// maxProfile bounds how much of a colour profile is looked at. Name and colour
// space stand at the beginning of all that are in use.
const maxProfile = 64 << 10

// maxProfileTags is beyond any real profile, which has some twenty.
const maxProfileTags = 100

// Profile is what an embedded ICC profile says of itself. Both are empty where
// it says nothing that can be read.
type Profile struct {
	Description string // its name, such as "Display P3"
	Space       string // of the pixels, such as "RGB", "GRAY" or "CMYK"
}

// profile takes over the first profile of a file; b is its beginning.
func (h *Header) profile(b []byte) {
	if h.HasICC {
		return
	}
	h.HasICC, h.ICC = true, readProfile(b)
}

// readProfile reads as much as is there of a profile. A damaged one is no
// reason to refuse a picture: decoders leave it out.
func readProfile(b []byte) Profile {
	b = b[:min(len(b), maxProfile)]
	if len(b) < 132 || string(b[36:40]) != "acsp" {
		return Profile{}
	}
	p := Profile{Space: printable(string(b[16:20]))}
	for i := range min(binary.BigEndian.Uint32(b[128:]), maxProfileTags) {
		at := 132 + 12*int(i)
		if at+12 > len(b) {
			break
		}
		if string(b[at:at+4]) != "desc" {
			continue
		}
		off, length := uint64(binary.BigEndian.Uint32(b[at+4:])), uint64(binary.BigEndian.Uint32(b[at+8:]))
		if off <= uint64(len(b)) {
			p.Description = profileText(b[off:min(off+length, uint64(len(b)))])
		}
		break
	}
	return p
}

// profileText reads a text of either kind: ASCII with its length, as version 2
// has it, or the first of several languages in UTF-16.
func profileText(b []byte) string {
	c := cursor{b: b}
	kind := string(c.take(4))
	c.skip(4)
	n := c.u32()
	switch kind {
	case "desc":
		return printable(string(c.take(int(min(n, uint32(len(c.b)))))))
	case "mluc":
		c.skip(8) // size of a record, language, country
		length, off := uint64(c.u32()), uint64(c.u32())
		if n == 0 || c.bad || off > uint64(len(b)) {
			return ""
		}
		text := b[off:min(off+length, uint64(len(b)))]
		var units []uint16
		for ; len(text) >= 2 && len(units) < maxProfileText; text = text[2:] {
			units = append(units, binary.BigEndian.Uint16(text))
		}
		return printable(string(utf16.Decode(units)))
	}
	return ""
}

// maxProfileText is the most that is kept of a name, in characters.
const maxProfileText = 100

// printable makes one line of a text out of unknown hands.
func printable(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxProfileText {
			break
		}
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufffd' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			r = ' ' // controls, and what turns the direction of writing
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// inflate unpacks the beginning of a zlib stream, whatever it claims to hold.
func inflate(b []byte) []byte {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	out := make([]byte, maxProfile)
	n, _ := io.ReadFull(z, out) // what came before the fault is what there is
	return out[:n]
}
