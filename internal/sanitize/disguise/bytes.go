package disguise

import "bytes"

// helloRetryRequest is the random by which a ServerHello is a HelloRetryRequest (RFC
// 8446, section 4.1.3).
var helloRetryRequest = []byte{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

// downgrade begins the last eight bytes of a server's random where it speaks an older
// version than it could (RFC 8446, section 4.1.3); one byte follows, 0 or 1.
var downgrade = []byte("DOWNGRD")

// Random replaces the random of a hello, with the clock that its first four bytes may be.
// What has a meaning of its own in it stays.
func (d *Disguise) Random(b []byte) []byte {
	if bytes.Equal(b, helloRetryRequest) {
		return bytes.Clone(b)
	}
	out := d.Bytes(KindRandom, b)
	if n := len(b) - len(downgrade) - 1; n >= 0 && bytes.Equal(b[n:len(b)-1], downgrade) && b[len(b)-1] <= 1 {
		copy(out[n:], b[n:])
	}
	return out
}

// Bytes replaces bytes that look random by others that do. Bytes that are all zero stay:
// they are nobody's.
func (d *Disguise) Bytes(k Kind, b []byte) []byte {
	if len(bytes.Trim(b, "\x00")) == 0 {
		return bytes.Clone(b)
	}
	d.Remember(k, b)
	return d.noise("bytes", b)
}
