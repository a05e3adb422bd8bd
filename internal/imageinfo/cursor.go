package imageinfo

import "encoding/binary"

// cursor reads big-endian fields from a slice. After a read beyond the end
// every read is zero and bad is set, so that a parser checks once at its end.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.bad, c.b = true, nil
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

// uint reads n bytes, up to 8.
func (c *cursor) uint(n int) uint64 {
	var word [8]byte
	b := c.take(n)
	copy(word[8-len(b):], b)
	return binary.BigEndian.Uint64(word[:])
}

func (c *cursor) u8() byte    { return byte(c.uint(1)) }
func (c *cursor) u16() uint16 { return uint16(c.uint(2)) }
func (c *cursor) u32() uint32 { return uint32(c.uint(4)) }

// skip leaves n bytes out.
func (c *cursor) skip(n int) { c.take(n) }

// more reports whether there is something left to read.
func (c *cursor) more() bool { return !c.bad && len(c.b) > 0 }

// box reads the next ISO box: its type and its payload.
func (c *cursor) box() (kind string, body cursor) {
	size, name := uint64(c.u32()), string(c.take(4))
	head := uint64(8)
	switch size {
	case 0: // to the end of what holds it
		size = uint64(len(c.b)) + head
	case 1:
		size, head = c.uint(8), 16
	}
	if c.bad || size < head || size-head > uint64(len(c.b)) {
		c.bad = true
		return "", cursor{bad: true}
	}
	return name, cursor{b: c.take(int(size - head))}
}

// full reads the version and flags that begin a full box.
func (c *cursor) full() (version byte, flags uint32) {
	v := c.u32()
	return byte(v >> 24), v & 0xffffff
}
