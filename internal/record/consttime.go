package record

import (
	"crypto/sha512"
	"encoding/binary"
	"math"
	"math/bits"
)

// Masks: all ones for true, zero for false. They take no branch, so that their
// arguments may be secret.

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
// is length itself, all equal it. It looks at most of them in any case, eight at
// a time: both len(data) and most are multiples of a cipher's block.
func uniform(data []byte, length, most int) int {
	want := uint64(length) * 0x0101010101010101
	var wrong uint64
	for i := 0; i < most; i += 8 {
		word := binary.BigEndian.Uint64(data[len(data)-i-8:])
		wrong |= (word ^ want) &^ keepAllBut(length+1-i)
	}
	return equal(int(uint32(wrong|wrong>>32)), 0)
}

// keepFirst is a mask of the first n bytes of a word in memory, n being of any
// size: a shift by 64 or more leaves nothing and takes no branch.
func keepFirst(n int) uint64 { return ^(math.MaxUint64 >> uint(8*notBelowZero(n))) }

// keepAllBut is a mask of all bytes of a word but its last n.
func keepAllBut(n int) uint64 { return math.MaxUint64 << uint(8*notBelowZero(n)) }

func notBelowZero(n int) int { return n &^ less(n, 0) }

// maxWindow is room for every byte in which a MAC may be, and what shifting
// looks at behind it, in words.
const maxWindow = (maxTLSPadding+sha512.Size384)/8 + 2

// extract copies the len(dst) bytes at the secret offset n of data into dst, n
// being in [least, len(data)-len(dst)-1]. It reads every byte that may be one
// of them, and then moves them all to the front: by each power of two or not.
func extract(dst, data []byte, n, least int) {
	var window [maxWindow]uint64
	load(window[:], data[least:])
	offset := n - least
	for step := maxTLSPadding / 2 / 8; step > 0; step >>= 1 {
		mask := uint64(^equal(offset&(8*step), 0))
		for i := range window[:len(window)-step] {
			window[i] ^= mask & (window[i] ^ window[i+step])
		}
	}
	var found [sha512.Size384]byte
	left := uint((offset & 7) * 8)
	for i := range len(found) / 8 {
		binary.BigEndian.PutUint64(found[8*i:], window[i]<<left|window[i+1]>>(64-left))
	}
	copy(dst, found[:])
}

// load fills words from the front of b.
func load(words []uint64, b []byte) {
	for i := range words {
		if len(b) < 8 {
			var last [8]byte
			copy(last[:], b)
			words[i] = binary.BigEndian.Uint64(last[:])
			return
		}
		words[i] = binary.BigEndian.Uint64(b)
		b = b[8:]
	}
}
