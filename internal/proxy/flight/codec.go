package flight

import (
	"encoding/binary"
	"slices"
)

// A codec writes fields behind one another, or reads them back: one list of
// fields is for both.
type codec struct {
	b       []byte
	reading bool
}

// maxText bounds a text. Reasons, the longest, hold what a peer said.
const maxText = 255

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

func (c *codec) text(v *string) {
	n := min(len(*v), maxText)
	number(c, &n)
	if !c.reading {
		c.b = append(c.b, (*v)[:n]...)
		return
	}
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
