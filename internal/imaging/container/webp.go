package container

import (
	"encoding/binary"
)

// Flags of VP8X: a profile, and those that stand for chunks that stay.
const (
	webpHasICC       = 0x20
	webpHasAlpha     = 0x10
	webpHasAnimation = 0x02
)

// CutWebP keeps picture, transparency and animation. libvips 8.14.1 leaves
// EXIF in the WebP it writes, so whatever an encoder made goes through here too.
func CutWebP(file []byte) ([]byte, error) {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WEBP" {
		return nil, malformed("webp", "no RIFF header")
	}
	size := uint64(binary.LittleEndian.Uint32(file[4:])) + 8
	if size < 12 || size > uint64(len(file)) {
		return nil, malformed("webp", "file cut off")
	}
	out := append(make([]byte, 0, len(file)), file[:12]...)
	out, err := appendChunks(out, file[12:size], false)
	if err != nil {
		return nil, err
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

// appendChunks copies the chunks that stay; inFrame is inside one frame of an animation.
func appendChunks(out, chunks []byte, inFrame bool) ([]byte, error) {
	for len(chunks) > 0 {
		if len(chunks) < 8 {
			return nil, malformed("webp", "chunk cut off")
		}
		kind, length := string(chunks[:4]), uint64(binary.LittleEndian.Uint32(chunks[4:]))
		if length+length&1 > uint64(len(chunks)-8) { // the byte that makes it even belongs to it
			return nil, malformed("webp", "chunk cut off")
		}
		body := chunks[8 : 8+length]
		chunks = chunks[8+length+length&1:]
		var err error
		switch {
		case kind == "VP8 ", kind == "VP8L", kind == "ALPH":
			out = appendChunk(out, kind, body)
		case inFrame:
		case kind == "ANIM" && length >= 6:
			out = appendChunk(out, kind, body[:6])
		case kind == "VP8X" && length >= 10:
			at := len(out) + 8
			out = appendChunk(out, kind, body[:10])
			out[at] &= webpHasAlpha | webpHasAnimation
			clear(out[at+1 : at+4]) // reserved
		case kind == "ANMF" && length >= 16:
			out, err = appendFrame(out, body)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func appendFrame(out, body []byte) ([]byte, error) {
	start := len(out)
	out = append(out, "ANMF\x00\x00\x00\x00"...)
	out = append(out, body[:16]...)
	out, err := appendChunks(out, body[16:], true)
	if err != nil {
		return nil, err
	}
	binary.LittleEndian.PutUint32(out[start+4:], uint32(len(out)-start-8))
	return out, nil
}

func appendChunk(out []byte, kind string, body []byte) []byte {
	out = append(out, kind...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(body)))
	out = append(out, body...)
	if len(body)&1 != 0 {
		out = append(out, 0)
	}
	return out
}
