package wire

// A cursor reads a message from front to back. It stops at the first field
// that does not fit, remembers which one it was, and from then on reads
// nothing: zeros come out and more() is false, so that a parser reads on in a
// straight line and asks for the error once, at its end.
type cursor struct {
	message string
	data    []byte
	at, end int // 0 <= at <= end <= len(data)
	base    int // where in the message data begins
	err     *ParseError
}

// cursorOver begins at the body of a whole message of the type wanted.
func cursorOver(m Message, want MessageType) cursor {
	c := cursor{message: want.String(), data: m, end: len(m)}
	start := c.at
	if t := MessageType(c.uint8("msg_type")); c.err == nil && t != want {
		c.fail(start, "msg_type", "is "+t.String())
	}
	start = c.at
	if n := c.uint24("length"); c.err == nil && n != c.end-c.at {
		c.failLength(start, "length", n, c.end-c.at)
	}
	return c
}

// finish returns the error, or one if bytes are left over.
func (c *cursor) finish() error {
	if c.err == nil && c.at != c.end {
		c.failLength(c.at, "end", 0, c.end-c.at)
	}
	if c.err == nil {
		return nil // and not a nil *ParseError in an error
	}
	return c.err
}

func (c *cursor) fail(offset int, field, reason string) {
	c.stop(&ParseError{Message: c.message, Field: field, Offset: c.base + offset, Reason: reason})
}

func (c *cursor) failLength(offset int, field string, need, have int) {
	c.stop(&ParseError{Message: c.message, Field: field, Offset: c.base + offset, Need: need, Have: have})
}

func (c *cursor) stop(err *ParseError) {
	if c.err == nil {
		c.err = err
	}
	c.at = c.end
}

// more reports whether bytes are left in the message or the list being read.
func (c *cursor) more() bool { return c.at < c.end }

// bytes reads n bytes; nil if there are fewer.
func (c *cursor) bytes(field string, n int) []byte {
	if c.err != nil {
		return nil
	}
	if n > c.end-c.at {
		c.failLength(c.at, field, n, c.end-c.at)
		return nil
	}
	b := c.data[c.at : c.at+n : c.at+n]
	c.at += n
	return b
}

// rest reads all that is left, at least so many bytes.
func (c *cursor) rest(field string, least int) []byte {
	return c.bytes(field, max(least, c.end-c.at))
}

func (c *cursor) uint8(field string) uint8 {
	if b := c.bytes(field, 1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) uint16(field string) uint16 {
	if b := c.bytes(field, 2); b != nil {
		return uint16(b[0])<<8 | uint16(b[1])
	}
	return 0
}

func (c *cursor) uint24(field string) int {
	if b := c.bytes(field, 3); b != nil {
		return int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	}
	return 0
}

func (c *cursor) uint32(field string) uint32 {
	if b := c.bytes(field, 4); b != nil {
		return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	}
	return 0
}

// vector8 reads field<least..most> whose length takes one byte.
func (c *cursor) vector8(field string, least, most int) []byte {
	start := c.at
	return c.bytes(field, c.within(start, field, int(c.uint8(field)), least, most))
}

// vector16 reads field<least..2^16-1>.
func (c *cursor) vector16(field string, least int) []byte {
	return c.bytes(field, c.length16(field, least, 1<<16-1))
}

// vector24 reads field<least..2^24-1>.
func (c *cursor) vector24(field string, least int) []byte {
	start := c.at
	return c.bytes(field, c.within(start, field, c.uint24(field), least, 1<<24-1))
}

// length16 reads a length of two bytes and holds it against its range.
func (c *cursor) length16(field string, least, most int) int {
	start := c.at
	return c.within(start, field, int(c.uint16(field)), least, most)
}

func (c *cursor) within(start int, field string, n, least, most int) int {
	switch {
	case c.err != nil:
	case n < least:
		c.failLength(start, field, least, n)
	case n > most:
		c.failLength(start, field, most, n)
	}
	return n
}

// pairs reads what a vector of two-byte values holds.
func pairs[T ~uint16](c *cursor, field string, v []byte) []T {
	if c.err != nil {
		return nil
	}
	if len(v)%2 != 0 {
		c.fail(c.at-len(v), field, "has half a value at its end")
		return nil
	}
	list := make([]T, len(v)/2)
	for i := range list {
		list[i] = T(uint16(v[2*i])<<8 | uint16(v[2*i+1]))
	}
	return list
}

// enter narrows the cursor to v, the vector it has just read, to read what it
// holds; leave, given what enter returned, goes on behind it.
func (c *cursor) enter(v []byte) (outer int) {
	outer = c.end
	if c.err == nil {
		c.end, c.at = c.at, c.at-len(v)
	}
	return outer
}

func (c *cursor) leave(outer int) {
	c.end = outer
	if c.err != nil {
		c.at = outer
	}
}

// extensions reads the block that ends a hello, if there is one.
func (c *cursor) extensions() (list []Extension, present bool) {
	// RFC 5246, section 7.4.1.2: whether extensions follow is told by whether
	// bytes follow.
	if c.err != nil || !c.more() {
		return nil, false
	}
	block := c.vector16("extensions", 0)
	outer := c.enter(block)
	list = make([]Extension, 0, min(len(block)/4, 24))
	for c.more() {
		t := ExtensionType(c.uint16("extension_type"))
		data := c.vector16("extension_data", 0)
		if c.err == nil {
			list = append(list, Extension{t, data})
		}
	}
	c.leave(outer)
	return list, true
}
