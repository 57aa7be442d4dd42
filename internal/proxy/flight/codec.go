package flight

import (
	"encoding/binary"
	"slices"
	"strings"
)

// A codec writes fields behind one another, or reads them back: one list of
// fields is for both.
type codec struct {
	b       []byte
	most    int // bytes of a text that is written
	reading bool
}

type integer interface {
	~int | ~int64 | ~uint8 | ~uint16 | ~uint64
}

// number is one that is seldom large, and never negative.
func number[T integer](c *codec, v *T) {
	if !c.reading {
		c.b = binary.AppendUvarint(c.b, uint64(*v))
		return
	}
	n, size := binary.Uvarint(c.b)
	c.b = c.b[max(size, 0):]
	*v = T(n)
}

// text is cut off where it is too long: reasons hold what a peer said.
func (c *codec) text(v *string) {
	if !c.reading {
		s := strings.ToValidUTF8((*v)[:min(len(*v), c.most)], "")
		c.b = append(binary.AppendUvarint(c.b, uint64(len(s))), s...)
		return
	}
	n := 0
	number(c, &n)
	n = min(n, len(c.b))
	*v, c.b = string(c.b[:n]), c.b[n:]
}

// texts are a few.
func (c *codec) texts(v *[]string) {
	n := min(len(*v), maxTexts)
	number(c, &n)
	if c.reading && n > 0 {
		*v = slices.Grow(*v, min(n, maxTexts))[:min(n, maxTexts)]
	}
	for i := range min(n, maxTexts) {
		c.text(&(*v)[i])
	}
}

const maxTexts = 6

// flags are up to eight, in one number.
func (c *codec) flags(list ...*bool) {
	var n uint8
	for i, v := range list {
		if *v {
			n |= 1 << i
		}
	}
	number(c, &n)
	for i, v := range list {
		*v = n>>i&1 == 1
	}
}
