package prove

import (
	"bytes"
	"math/bits"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

// Why a value cannot be judged.
const (
	whyShort  = "so short that chance writes it; longer spellings of it are searched for"
	whyPlain  = "too plain: it has few different bytes"
	whyCommon = "the file says the same of itself"
	whyFull   = "too many values"
)

// A judge says for which spellings a search has a meaning.
type judge struct {
	bits int // that a spelling must have at least
	own  [][]byte
}

// margin is how much less likely than once a chance find must be: once in 1024 files.
const margin = 10

// newJudge knows how many values are searched for in how much.
func newJudge(values int, o Options) *judge {
	const spellings = 16 // of a value, about
	size := uint64(o.Size)
	if o.Size <= 0 {
		size = 1 << 30
	}
	j := &judge{bits: bits.Len64(size) + bits.Len(uint(values)*spellings) + margin}
	for _, text := range o.Own {
		j.own = append(j.own, folded([]byte(text)))
	}
	for k := range disguise.KindOther + 1 {
		j.own = append(j.own, folded(disguise.Filler(k, 128)))
	}
	return j
}

// value says why a value cannot be judged; empty: it can.
func (j *judge) value(k disguise.Kind, text bool, part []byte) string {
	switch k {
	case disguise.KindAddress, disguise.KindMAC:
		return ""
	}
	if tooPlain(k, text, part) {
		return whyPlain
	}
	small := folded(part)
	for _, own := range j.own {
		if bytes.Contains(own, small) {
			return whyCommon
		}
	}
	return ""
}

// tooPlain says whether a value has so few different bytes that other things can have the
// same: a few zeros, a list of small numbers, the frame of a structure.
func tooPlain(k disguise.Kind, text bool, part []byte) bool {
	const few = 4
	n := distinct(part)
	if text {
		return n < few
	}
	if k == disguise.KindExtension && len(part) < 12 {
		return true
	}
	return 4*n < 3*min(len(part), 18)
}

func distinct(b []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// form says whether a spelling is long enough that it is not written by chance.
func (j *judge) form(f form) bool {
	return len(f.bytes) >= narrow && weight(f) >= j.bits
}

// weight is how many bits of chance it takes to write a spelling. Digits of hexadecimal have
// four each, since the secrets in a file are written so; a letter of either case has one bit
// less than a byte.
func weight(f form) int {
	const hexBits = 4
	hexadecimal, total := true, 0
	for _, c := range f.bytes {
		hexadecimal = hexadecimal && isHex(c)
		total += 8
		if f.anyCase && isLetter(c) {
			total--
		}
	}
	if hexadecimal {
		return hexBits * len(f.bytes)
	}
	return total
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
