package prove

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

// A form is a spelling of a value.
type form struct {
	encoding string
	bytes    []byte
	anyCase  bool
}

// Long values are searched for in pieces, so that a part of one is found, too: any so many
// bytes in a row hold a piece.
const (
	piece     = 16
	textPiece = 32
)

// parts are a value, or the pieces of a long one.
func parts(v disguise.Value) iter.Seq[[]byte] {
	size := piece
	if v.Text {
		size = textPiece
	}
	whole := v.Reveal()
	return func(yield func([]byte) bool) {
		if len(whole) <= 2*size {
			yield(whole)
			return
		}
		for rest := whole; len(rest) >= size; rest = rest[size:] {
			if !yield(rest[:size]) {
				return
			}
		}
	}
}

// forms are the spellings of a value.
func forms(k disguise.Kind, text bool, b []byte) iter.Seq[form] {
	return func(yield func(form) bool) {
		for _, make := range spellings {
			for _, f := range make(k, text, b) {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// spellings make spellings of a value that is bytes or a text.
var spellings = []func(k disguise.Kind, text bool, b []byte) []form{
	plain, backwards, wideText, hexadecimal, base64s, percent, wireName, addressTexts, cardTexts,
}

func plain(_ disguise.Kind, text bool, b []byte) []form {
	return []form{{"as it is", b, text}}
}

// backwards is how machines of the other order write numbers. Of few different bytes, such
// as a virtual card's address has, counters are made, too.
func backwards(k disguise.Kind, text bool, b []byte) []form {
	const few = 4
	if text || distinct(b) < few || k != disguise.KindAddress && k != disguise.KindMAC && k != disguise.KindSerial {
		return nil
	}
	turned := slices.Clone(b)
	slices.Reverse(turned)
	return []form{{"backwards", turned, false}}
}

// wideText is UTF-16 in both orders.
func wideText(_ disguise.Kind, text bool, b []byte) []form {
	if !text {
		return nil
	}
	little := []form{{"UTF-16, little-endian", make([]byte, 0, 2*len(b)), true}, {"UTF-16, big-endian", make([]byte, 0, 2*len(b)), true}}
	for _, r := range string(b) {
		if r > 0xffff {
			return nil
		}
		little[0].bytes = append(little[0].bytes, byte(r), byte(r>>8))
		little[1].bytes = append(little[1].bytes, byte(r>>8), byte(r))
	}
	return little
}

// hexadecimal is with and without something between bytes.
func hexadecimal(_ disguise.Kind, _ bool, b []byte) []form {
	digits := hex.EncodeToString(b)
	all := []form{{"hexadecimal", []byte(digits), true}}
	for _, s := range separators {
		out := make([]byte, 0, len(b)*(2+len(s.text)))
		for i := range b {
			if i > 0 {
				out = append(out, s.text...)
			}
			out = append(out, digits[2*i:2*i+2]...)
		}
		all = append(all, form{s.encoding, out, true})
	}
	return all
}

// separators stand between bytes in hexadecimal.
var separators = []struct{ text, encoding string }{
	{":", "hexadecimal with colons"},
	{"-", "hexadecimal with hyphens"},
	{" ", "hexadecimal with spaces"},
	{`\x`, `hexadecimal with \x`},
	{", 0x", "hexadecimal with 0x"},
}

// base64s are the three ways in which bytes fall into groups of three, with both alphabets.
// What depends on the bytes around them is left out.
func base64s(_ disguise.Kind, _ bool, b []byte) []form {
	var all []form
	for shift := range 3 {
		padded := append(make([]byte, shift), b...)
		whole := len(padded) / 3 * 3
		standard := base64.StdEncoding.EncodeToString(padded[:whole])
		url := base64.URLEncoding.EncodeToString(padded[:whole])
		begin := []int{0, 2, 3}[shift]
		if begin >= len(standard) {
			continue
		}
		all = append(all, form{"base64", []byte(standard[begin:]), false})
		if url != standard {
			all = append(all, form{"base64 for URLs", []byte(url[begin:]), false})
		}
	}
	return all
}

// percent is the encoding of URLs: of what must be so encoded, and of all.
func percent(_ disguise.Kind, text bool, b []byte) []form {
	const digits = "0123456789abcdef"
	some, all := make([]byte, 0, 3*len(b)), make([]byte, 0, 3*len(b))
	for _, c := range b {
		all = append(all, '%', digits[c>>4], digits[c&15])
		if isLetter(c) || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			some = append(some, c)
		} else {
			some = append(some, '%', digits[c>>4], digits[c&15])
		}
	}
	out := []form{{"percent-encoding of all", all, true}}
	if len(some) != len(b) {
		out = append(out, form{"percent-encoding", some, text})
	}
	return out
}

// wireName is a name as DNS sends it (RFC 1035, section 3.1).
func wireName(k disguise.Kind, text bool, b []byte) []form {
	const longest = 63
	name := strings.TrimSuffix(string(b), ".")
	if !text || k != disguise.KindHost || !strings.Contains(name, ".") {
		return nil
	}
	var out []byte
	for label := range strings.SplitSeq(name, ".") {
		if len(label) > longest {
			return nil
		}
		out = append(append(out, byte(len(label))), label...)
	}
	return []form{{"a name of DNS", out, true}}
}

// addressTexts are the ways to write an address, of IP or a card.
func addressTexts(k disguise.Kind, text bool, b []byte) []form {
	if text || k != disguise.KindAddress {
		return nil
	}
	a, ok := netip.AddrFromSlice(b)
	switch {
	case !ok:
		return nil
	case a.Is4():
		return texts4(b)
	}
	return texts6(a, b)
}

func texts4(b []byte) []form {
	number := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	return []form{
		{"dots", fmt.Appendf(nil, "%d.%d.%d.%d", b[0], b[1], b[2], b[3]), true},
		{"dots, backwards", fmt.Appendf(nil, "%d.%d.%d.%d", b[3], b[2], b[1], b[0]), true},
		{"hyphens", fmt.Appendf(nil, "%d-%d-%d-%d", b[0], b[1], b[2], b[3]), true},
		{"commas", fmt.Appendf(nil, "%d,%d,%d,%d", b[0], b[1], b[2], b[3]), true},
		{"three digits each", fmt.Appendf(nil, "%03d.%03d.%03d.%03d", b[0], b[1], b[2], b[3]), true},
		{"a number", fmt.Appendf(nil, "%d", number), true},
	}
}

func texts6(a netip.Addr, b []byte) []form {
	digits := hex.EncodeToString(b)
	var reverse strings.Builder
	for i := len(digits) - 1; i >= 0; i-- {
		reverse.WriteByte(digits[i])
		reverse.WriteByte('.')
	}
	return []form{
		{"colons", []byte(a.String()), true},
		{"colons in full", []byte(a.StringExpanded()), true},
		{"hyphens", []byte(strings.ReplaceAll(a.String(), ":", "-")), true},
		{"a name of ip6.arpa", []byte(reverse.String()), true},
	}
}

// cardTexts are how a card's address is written in groups of four.
func cardTexts(k disguise.Kind, text bool, b []byte) []form {
	if text || k != disguise.KindMAC || len(b) != 6 {
		return nil
	}
	digits := hex.EncodeToString(b)
	// RFC 4291, appendix A: an interface's identifier.
	identifier := []byte{b[0] ^ 2, b[1], b[2], 0xff, 0xfe, b[3], b[4], b[5]}
	return []form{
		{"groups of four", []byte(digits[:4] + "." + digits[4:8] + "." + digits[8:]), true},
		{"an interface's identifier", identifier, false},
		{"an interface's identifier, written", fmt.Appendf(nil, "%x%02x:%02xff:fe%02x:%02x%02x", identifier[0], b[1], b[2], b[3], b[4], b[5]), true},
	}
}
