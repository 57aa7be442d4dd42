package prove

import (
	"bytes"
	"math/bits"
	"slices"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

// A pattern is one spelling of a value.
type pattern struct {
	form
	kind disguise.Kind
}

// Widths of the ends by which patterns are found. An automaton over all patterns would need
// a table of states; this needs an entry for each pattern, and two looks per byte.
const (
	wide   = 8
	narrow = 6
)

// maxPatterns bounds the index.
const maxPatterns = 1 << 19

// An index finds patterns by their last bytes, with small letters for all.
type index struct {
	patterns []pattern
	byEnd    [2]map[uint64]int32 // narrow, wide: the first of the patterns with an end
	next     []int32             // by pattern: another with the same end; none
	filter   []uint64            // bits: whether an end may be in byEnd
	shift    int
	longest  int
}

// none is the end of a list of patterns.
const none = -1

func (x *index) full() bool { return len(x.patterns) >= maxPatterns }

// add puts a pattern in, if there is room.
func (x *index) add(p pattern) bool {
	if x.full() {
		return false
	}
	x.patterns = append(x.patterns, p)
	x.longest = max(x.longest, len(p.bytes))
	return true
}

// build makes the index ready.
func (x *index) build() {
	size := max(bits.Len(uint(len(x.patterns))*32), 16)
	x.filter, x.shift = make([]uint64, 1<<(size-6)), 64-size
	for i := range x.byEnd {
		x.byEnd[i] = map[uint64]int32{}
	}
	x.next = make([]int32, len(x.patterns))
	for i, p := range slices.Backward(x.patterns) { // so that what was added first is found first
		which, end := 0, endOf(p.bytes)&narrowMask
		if len(p.bytes) >= wide {
			which, end = 1, endOf(p.bytes)
		}
		x.next[i] = none
		if first, more := x.byEnd[which][end]; more {
			x.next[i] = first
		}
		x.byEnd[which][end] = int32(i)
		h := hash(end) >> x.shift
		x.filter[h/64] |= 1 << (h % 64)
	}
}

const narrowMask = 1<<(8*narrow) - 1

// endOf is the end of a pattern as a number.
func endOf(b []byte) uint64 {
	var n uint64
	for _, c := range b[max(len(b)-wide, 0):] {
		n = n<<8 | uint64(fold[c])
	}
	return n
}

// hash spreads ends (Fibonacci hashing).
func hash(n uint64) uint64 {
	n ^= n >> 32
	return n * 0x9e3779b97f4a7c15
}

// may says whether patterns may end so.
func (x *index) may(end uint64) bool {
	h := hash(end) >> x.shift
	return x.filter[h/64]&(1<<(h%64)) != 0
}

// at calls found for each pattern that ends where before does.
func (x *index) at(which int, end uint64, before []byte, found func(pattern)) {
	i, some := x.byEnd[which][end]
	if !some {
		return
	}
	for ; i != none; i = x.next[i] {
		p := x.patterns[i]
		if len(p.bytes) <= len(before) && p.is(before[len(before)-len(p.bytes):]) {
			found(p)
		}
	}
}

// is says whether bytes are the spelling.
func (f form) is(b []byte) bool {
	if !f.anyCase {
		return bytes.Equal(f.bytes, b)
	}
	for i, c := range f.bytes {
		if fold[c] != fold[b[i]] {
			return false
		}
	}
	return true
}

// fold makes letters of ASCII small.
var fold = func() (table [256]byte) {
	for i := range table {
		table[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			table[i] += 'a' - 'A'
		}
	}
	return table
}()

// folded is a copy in small letters.
func folded(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[i] = fold[c]
	}
	return out
}
