package container

import (
	"bytes"
	"encoding/binary"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// keepPNG lists the chunks that make the picture: the critical ones,
// transparency, and the animation. Of those that tell how colours are meant,
// only what says that they are as everywhere: decoders do not agree on the
// others (gAMA, cHRM, cICP), and the smaller variants are made without them.
var keepPNG = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true,
	"sRGB": true, "sBIT": true,
	"acTL": true, "fcTL": true, "fdAT": true,
}

// cutPNG copies the listed chunks, checksums included, up to IEND.
func cutPNG(file []byte) ([]byte, error) {
	if !bytes.HasPrefix(file, []byte(pngMagic)) {
		return nil, malformed("png", "no signature")
	}
	out := append(make([]byte, 0, len(file)), pngMagic...)
	for rest := file[len(pngMagic):]; ; {
		if len(rest) < 12 {
			return nil, malformed("png", "no IEND")
		}
		length := uint64(binary.BigEndian.Uint32(rest))
		if length > uint64(len(rest)-12) {
			return nil, malformed("png", "chunk cut off")
		}
		chunk := rest[:length+12]
		rest = rest[length+12:]
		kind := string(chunk[4:8])
		if keepPNG[kind] && fixedLength(kind, length) {
			out = append(out, chunk...)
		} else if kind[0]&0x20 == 0 {
			return nil, malformed("png", "unknown critical chunk")
		}
		if kind == "IEND" {
			return out, nil
		}
	}
}

// fixedLength refuses small chunks that somebody has stretched to carry more.
func fixedLength(kind string, length uint64) bool {
	switch kind {
	case "sRGB":
		return length == 1
	case "sBIT":
		return length <= 4
	case "tRNS":
		return length <= 256
	case "PLTE":
		return length <= 768
	case "IHDR":
		return length == 13
	case "IEND":
		return length == 0
	case "acTL":
		return length == 8
	case "fcTL":
		return length == 26
	}
	return true
}
