package container

const (
	gifExtension = 0x21
	gifImage     = 0x2c
	gifTrailer   = 0x3b
	gifPlainText = 0x01
	gifControl   = 0xf9
	gifApp       = 0xff
)

// cutGIF keeps images, their controls and the loop count. Comments, plain
// text (with the control that belongs to it) and other applications' blocks
// go, and with them XMP and ICC profiles, which live in the latter.
func cutGIF(file []byte) ([]byte, error) {
	if len(file) < 13 || (string(file[:6]) != "GIF87a" && string(file[:6]) != "GIF89a") {
		return nil, malformed("gif", "no header")
	}
	at := 13 + gifTable(file[10])
	if at > len(file) {
		return nil, malformed("gif", "colour table cut off")
	}
	out := append(make([]byte, 0, len(file)), file[:at]...)
	var control []byte // waits for the block it belongs to
	for at < len(file) {
		end, ok := gifBlockEnd(file, at)
		if !ok {
			return nil, malformed("gif", "block cut off")
		}
		block := file[at:end]
		at = end
		switch {
		case block[0] == gifTrailer:
			return append(out, gifTrailer), nil
		case block[0] == gifImage:
			out = append(append(out, control...), block...)
			control = nil
		case block[1] == gifControl:
			control = cleanControl(block)
		case block[1] == gifPlainText:
			control = nil
		case block[1] == gifApp:
			out = append(out, loopCount(block)...)
		}
	}
	return nil, malformed("gif", "no trailer")
}

// gifBlockEnd is where the block at the offset ends, and whether it is whole.
// A block that is returned has two bytes at least, unless it is the trailer.
func gifBlockEnd(file []byte, at int) (int, bool) {
	switch file[at] {
	case gifTrailer:
		return at + 1, true
	case gifImage:
		if len(file)-at < 10 {
			return 0, false
		}
		at += 10 + gifTable(file[at+9]) + 1 // and the code size
	case gifExtension:
		at += 2
	default:
		return 0, false
	}
	for at < len(file) {
		n := int(file[at])
		at += n + 1
		if n == 0 {
			return at, true
		}
	}
	return 0, false
}

// cleanControl is a graphic control extension of the one length it may have.
func cleanControl(block []byte) []byte {
	if len(block) < 8 || block[2] != 4 {
		return nil
	}
	return append(append([]byte{}, block[:7]...), 0)
}

// loopCount is the animation's repetitions, out of the application block that
// browsers read them from, or nothing.
func loopCount(block []byte) []byte {
	if len(block) < 19 || block[2] != 11 || block[14] != 3 || block[15] != 1 {
		return nil
	}
	if name := string(block[3:14]); name != "NETSCAPE2.0" && name != "ANIMEXTS1.0" {
		return nil
	}
	return append(append([]byte{}, block[:18]...), 0)
}

func gifTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}
