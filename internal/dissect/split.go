package dissect

import (
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// splits reports whether a record of data goes with a short one right before it:
// the two are one, split against the attack on CBC that is known as BEAST (1/n-1,
// or an empty record and all). A short one alone, in a packet of its own, may be
// all that was said.
func (d *Dissector) splits(f *flow, sealed bool, n int64, place trace.Place) bool {
	split := f.short != 0 && f.short == place.Frame
	f.short = 0
	if d.isShort(sealed, n) {
		f.short = place.Last
	}
	return split
}

// isShort reports whether a record holds one byte at most, or, where it is sealed
// in n, may do so.
func (d *Dissector) isShort(sealed bool, n int64) bool {
	s := d.suite
	if s == nil || !s.IsCBC() || d.version == 0 || d.version > wire.VersionTLS10 {
		return false
	}
	if !sealed {
		return n <= 1
	}
	least := int64(1 + s.MACLen() + 1) // a byte, its MAC, the padding's length
	block := int64(s.BlockLen())
	return n <= (least+block-1)/block*block
}
