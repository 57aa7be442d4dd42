package disguise

import "errors"

// A node is one element of DER. Its content is a slice of the whole, so that writing to it
// replaces in place and nothing moves.
type node struct {
	tag     byte
	whole   []byte
	content []byte
}

// Tags of X.690 that are spoken of here.
const (
	tagBoolean    = 0x01
	tagInteger    = 0x02
	tagBitString  = 0x03
	tagOctets     = 0x04
	tagNull       = 0x05
	tagOID        = 0x06
	tagEnumerated = 0x0a
	tagUTF8       = 0x0c
	tagBMP        = 0x1e
	tagUniversal  = 0x1c
	tagUTCTime    = 0x17
	tagGeneral    = 0x18 // GeneralizedTime
	tagSequence   = 0x30
	tagSet        = 0x31

	constructed = 0x20
	context     = 0x80
	nested      = context | constructed
)

var errDER = errors.New("it is not in DER")

// maxDepth bounds how deep elements lie in one another.
const maxDepth = 24

// readNode takes one element off the front. Lengths are read as X.690, section 8.1.3, has
// them, definite ones only.
func readNode(b []byte) (node, []byte, error) {
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return node{}, nil, errDER
	}
	length, header := int(b[1]), 2
	if length >= 0x80 {
		n := length & 0x7f
		if n == 0 || n > 3 || len(b) < 2+n {
			return node{}, nil, errDER
		}
		length = 0
		for _, c := range b[2 : 2+n] {
			length = length<<8 | int(c)
		}
		header += n
	}
	if length > len(b)-header {
		return node{}, nil, errDER
	}
	end := header + length
	return node{b[0], b[:end:end], b[header:end:end]}, b[end:], nil
}

// readOnly takes the one element that b is.
func readOnly(b []byte) (node, error) {
	n, rest, err := readNode(b)
	if err == nil && len(rest) != 0 {
		err = errDER
	}
	return n, err
}

// children are the elements in a constructed one.
func (n node) children() ([]node, error) { return readNodes(n.content) }

func readNodes(b []byte) ([]node, error) {
	var nodes []node
	for len(b) > 0 {
		child, rest, err := readNode(b)
		if err != nil {
			return nil, err
		}
		nodes, b = append(nodes, child), rest
	}
	return nodes, nil
}

// as gives the children of an element that has the tag.
func (n node) as(tag byte) ([]node, error) {
	if n.tag != tag {
		return nil, errDER
	}
	return n.children()
}

// appendNode writes an element with the least length, as DER wants it.
func appendNode(b []byte, tag byte, content []byte) []byte {
	b = append(b, tag)
	switch n := len(content); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	case n < 0x10000:
		b = append(b, 0x82, byte(n>>8), byte(n))
	default:
		b = append(b, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, content...)
}
