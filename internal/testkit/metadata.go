package testkit

import (
	"encoding/binary"
	"slices"
)

// Markers of JPEG segments.
const (
	markerAPP1    = 0xe1
	markerComment = 0xfe
)

// WithComment puts a comment segment at the front of a JPEG.
func WithComment(jpeg, comment []byte) []byte { return withSegment(jpeg, markerComment, comment) }

// WithEXIF puts an EXIF block at the front of a JPEG: a camera's name, an
// orientation (1 to 8) and a position by GPS (51° north), everything that must
// not be left in what is served.
func WithEXIF(jpeg []byte, orientation uint16) []byte {
	return withSegment(jpeg, markerAPP1, append([]byte("Exif\x00\x00"), exif(orientation)...))
}

// withSegment inserts a segment after the start-of-image marker.
func withSegment(jpeg []byte, marker byte, payload []byte) []byte {
	segment := []byte{0xff, marker}
	segment = binary.BigEndian.AppendUint16(segment, uint16(len(payload)+2))
	return slices.Concat(jpeg[:2], segment, payload, jpeg[2:])
}

// EXIF types of values.
const (
	typeASCII    = 2
	typeShort    = 3
	typeLong     = 4
	typeRational = 5
)

// CameraModel is the camera's name that WithEXIF writes, for tests that look
// for what must be gone.
const CameraModel = "Safelight Testcam"

// exif is a little-endian TIFF structure: one directory, the GPS directory
// behind it, and the values that do not fit into an entry behind that.
func exif(orientation uint16) []byte {
	const (
		header   = 8
		mainDir  = header
		gpsDir   = mainDir + 2 + 3*12 + 4
		values   = gpsDir + 2 + 2*12 + 4
		modelTag = 0x0110
	)
	model := append([]byte(CameraModel), 0)
	b := []byte{'I', 'I', 42, 0}
	le := binary.LittleEndian
	b = le.AppendUint32(b, mainDir)
	entry := func(tag, kind uint16, count, value uint32) {
		b = le.AppendUint16(b, tag)
		b = le.AppendUint16(b, kind)
		b = le.AppendUint32(b, count)
		b = le.AppendUint32(b, value)
	}
	b = le.AppendUint16(b, 3)
	entry(modelTag, typeASCII, uint32(len(model)), values)
	entry(0x0112, typeShort, 1, uint32(orientation))
	entry(0x8825, typeLong, 1, gpsDir)
	b = le.AppendUint32(b, 0) // no further directory
	b = le.AppendUint16(b, 2)
	entry(1, typeASCII, 2, uint32('N'))
	entry(2, typeRational, 3, values+uint32(len(model)))
	b = le.AppendUint32(b, 0)
	b = append(b, model...)
	for _, part := range []uint32{51, 30, 12} {
		b = le.AppendUint32(b, part)
		b = le.AppendUint32(b, 1)
	}
	return b
}
