package record

import "math/bits"

// Masks: all ones for true, zero for false. They take no branch, so that their
// arguments may be secret. Arguments are not negative.

func less(a, b int) int { return (a - b) >> (bits.UintSize - 1) }

func equal(a, b int) int {
	x := a ^ b
	return ^((x | -x) >> (bits.UintSize - 1))
}

// unpad finds the content in data, a decrypted CBC fragment with its MAC and
// padding: n bytes, in constant time. good is a mask. When the padding is not
// good n is what it would be without any, so that whoever goes on with it does
// the same work and fails at the MAC. maxPadding counts the length byte; room
// for it and a MAC is in data.
func unpad(data []byte, macSize, maxPadding int, checkBytes bool) (n, good int) {
	last := len(data) - 1
	length := int(data[last])
	room := last - macSize
	good = less(length, maxPadding) & less(length, room+1)
	if checkBytes {
		good &= uniform(data, length, min(maxPadding, len(data)))
	}
	return room - length&good, good
}

// uniform is a mask of whether the last length bytes before data's last, which
// is length itself, all equal it. It looks at most of them in any case.
func uniform(data []byte, length, most int) int {
	last := len(data) - 1
	wrong := 0
	for i := range most {
		wrong |= (int(data[last-i]) ^ length) & less(i, length+1)
	}
	return equal(wrong, 0)
}

// extract copies the len(dst) bytes at the secret offset n of data into dst, n
// being in [least, len(data)-len(dst)-1]. Every byte that may be one of them is
// read, into a ring; then the ring is turned.
func extract(dst, ring, data []byte, n, least int) {
	size := len(dst)
	ring = ring[:size]
	clear(ring)
	turn, j := 0, 0
	for i, b := range data[least : len(data)-1] {
		i += least
		inside := ^less(i, n) & less(i, n+size)
		ring[j] |= b & byte(inside)
		turn |= j & equal(i, n)
		if j++; j == size {
			j = 0
		}
	}
	rotate(dst, ring, turn)
}

// rotate is dst[i] = ring[(i+turn) % len(ring)] for a secret turn: by each
// power of two in turn, or not. It spoils the ring.
func rotate(dst, ring []byte, turn int) {
	copy(dst, ring)
	for step := 1; step < len(ring); step <<= 1 {
		copy(ring, dst)
		mask := byte(^equal(turn&step, 0))
		for i := range dst {
			dst[i] ^= mask & (dst[i] ^ ring[(i+step)%len(ring)])
		}
	}
}
