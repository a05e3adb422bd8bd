// Package imageinfo judges images by their bytes before anything decodes them:
// what they are (Sniff) and what they claim to be (ReadHeader). It is pure Go,
// safe on hostile input, and holds no pixels: its work and its memory are
// bounded by the size of the file, whatever the file says of itself.
package imageinfo

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Format is one of the image formats that are accepted.
type Format uint8

// The accepted formats. Unknown is everything else.
const (
	Unknown Format = iota
	JPEG
	PNG
	WebP
	GIF
	TIFF
	AVIF
	HEIC
)

// SniffLen is how many bytes from the start Sniff looks at, at most.
const SniffLen = 512

var formats = [...]struct{ name, mime, ext string }{
	Unknown: {"unknown", "application/octet-stream", ""},
	JPEG:    {"JPEG", "image/jpeg", ".jpg"},
	PNG:     {"PNG", "image/png", ".png"},
	WebP:    {"WebP", "image/webp", ".webp"},
	GIF:     {"GIF", "image/gif", ".gif"},
	TIFF:    {"TIFF", "image/tiff", ".tif"},
	AVIF:    {"AVIF", "image/avif", ".avif"},
	HEIC:    {"HEIC", "image/heic", ".heic"},
}

// Formats lists the accepted formats.
func Formats() []Format { return []Format{JPEG, PNG, WebP, GIF, TIFF, AVIF, HEIC} }

func (f Format) row() struct{ name, mime, ext string } {
	if int(f) >= len(formats) {
		f = Unknown
	}
	return formats[f]
}

// String is the name people know the format by.
func (f Format) String() string { return f.row().name }

// MIME is the media type.
func (f Format) MIME() string { return f.row().mime }

// Ext is the usual file name extension with its dot, empty for Unknown.
func (f Format) Ext() string { return f.row().ext }

// Sniff tells the format by magic bytes. head is the start of the file, of
// which SniffLen bytes are enough. What is not one of the accepted formats is
// (Unknown, false), even where a decoder on this machine could open it.
func Sniff(head []byte) (Format, bool) {
	head = head[:min(len(head), SniffLen)]
	var f Format
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		f = JPEG
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		f = PNG
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		f = WebP
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		f = GIF
	case isTIFF(head):
		f = TIFF
	default:
		f = sniffFileType(head)
	}
	return f, f != Unknown
}

// SniffMIME is Sniff for those who want the media type.
func SniffMIME(head []byte) (mimeType string, ok bool) {
	f, ok := Sniff(head)
	return f.MIME(), ok
}

// isTIFF accepts TIFF and BigTIFF, and refuses Canon's RAW format, which marks
// itself behind a TIFF magic. Other RAW formats are told by their tags, in ReadHeader.
func isTIFF(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	switch string(head[:4]) {
	case "II*\x00", "MM\x00*", "II+\x00", "MM\x00+":
	default:
		return false
	}
	return len(head) < 10 || string(head[8:10]) != "CR"
}

var (
	avifBrands = []string{"avif", "avis"}
	hevcBrands = []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"}
	// Structural brands say how the file is built, not how its pictures are coded.
	structuralBrands = []string{"mif1", "mif2", "msf1", "miaf"}
)

// sniffFileType reads the ftyp box that AVIF and HEIC begin with. The major
// brand decides where it names a codec; a structural one leaves it to the
// compatible brands. With neither it is taken for HEIC, as other readers do,
// and ReadHeader asks the primary item for its codec.
func sniffFileType(head []byte) Format {
	if len(head) < 16 || string(head[4:8]) != "ftyp" {
		return Unknown
	}
	size := binary.BigEndian.Uint32(head)
	if size < 16 {
		return Unknown
	}
	major := string(head[8:12])
	switch {
	case slices.Contains(avifBrands, major):
		return AVIF
	case slices.Contains(hevcBrands, major):
		return HEIC
	case !slices.Contains(structuralBrands, major):
		return Unknown
	}
	end := int(min(uint64(size), uint64(len(head))))
	for at := 16; at+4 <= end; at += 4 {
		if slices.Contains(avifBrands, string(head[at:at+4])) {
			return AVIF
		}
	}
	return HEIC
}
