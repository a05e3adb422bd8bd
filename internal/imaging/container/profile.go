package container

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"safelight/internal/imageinfo"
)

// WithProfile returns a copy of what Cut returned with a colour profile put in,
// for animated WebP and PNG; other formats come back as they are. The profile
// is written as it is given, so that it is the caller who keeps it free of
// metadata.
func WithProfile(format imageinfo.Format, file, profile []byte) ([]byte, error) {
	switch format {
	case imageinfo.WebP:
		return webpWithProfile(file, profile)
	case imageinfo.PNG:
		return pngWithProfile(file, profile)
	case imageinfo.JPEG, imageinfo.GIF, imageinfo.TIFF, imageinfo.AVIF, imageinfo.HEIC, imageinfo.Unknown:
	}
	return file, nil
}

// webpWithProfile puts the profile behind the extended header, without which
// there is no animation.
func webpWithProfile(file, profile []byte) ([]byte, error) {
	const head = 12 + 8 + 10
	if len(file) < head || string(file[12:16]) != "VP8X" {
		return nil, malformed("webp", "no extended header")
	}
	out := append(make([]byte, 0, len(file)+len(profile)+16), file[:head]...)
	out[20] |= webpHasICC
	out = append(appendChunk(out, "ICCP", profile), file[head:]...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

// pngWithProfile puts the profile behind IHDR, in the place of a claim that the
// colours are sRGB.
func pngWithProfile(file, profile []byte) ([]byte, error) {
	const head = len(pngMagic) + 12 + 13
	if len(file) < head {
		return nil, malformed("png", "no IHDR")
	}
	var body bytes.Buffer
	body.WriteString("ICC\x00\x00") // a name, its end, the method
	z := zlib.NewWriter(&body)
	_, err := z.Write(profile)
	if cerr := z.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, fmt.Errorf("pack colour profile: %w", err)
	}
	out := append(make([]byte, 0, len(file)+body.Len()+16), file[:head]...)
	at := len(out)
	out = binary.BigEndian.AppendUint32(out, uint32(body.Len()))
	out = append(append(out, "iCCP"...), body.Bytes()...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[at+4:]))
	for rest := file[head:]; len(rest) >= 12; {
		n := 12 + int(binary.BigEndian.Uint32(rest))
		if string(rest[4:8]) != "sRGB" {
			out = append(out, rest[:n]...)
		}
		rest = rest[n:]
	}
	return out, nil
}
