package dissect

import (
	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// passing is a record that is passed over as it comes: its header is read, its
// fragment is not kept.
type passing struct {
	header wire.RecordHeader
	begin  int64 // where in the stream it began
	first  capture.Mark
	left   int    // bytes of it that are still to come
	tail   []byte // the last of it that came, as far as a cipher's chaining may need it
	hole   bool   // part of it is missing
}

// maxTail is the longest block of a cipher, and the longest MAC that may stand
// behind it.
const maxTail = 16 + 48

func newPassing(f *flow, h wire.RecordHeader) *passing {
	return &passing{header: h, begin: f.start, first: f.markOf(f.start), left: wire.RecordHeaderLen + h.Length}
}

// pass takes what came of the record that is passed over.
func (d *Dissector) pass(f *flow) bool {
	p := f.passing
	n := min(p.left, len(f.buf))
	last := f.markOf(f.start + int64(max(0, n-1)))
	p.take(f.buf[:n])
	f.drop(n)
	if p.left > 0 {
		return false
	}
	f.passing = nil
	d.passed(f, p, last)
	return true
}

func (p *passing) take(b []byte) {
	p.left -= len(b)
	p.tail = append(p.tail, b[max(0, len(b)-maxTail):]...)
	p.tail = p.tail[max(0, len(p.tail)-maxTail):]
}

// passed is done with such a record.
func (d *Dissector) passed(f *flow, p *passing, last capture.Mark) {
	place := trace.Place{Frame: p.first.Frame, Last: last.Frame, Offset: p.begin, Length: wire.RecordHeaderLen + p.header.Length}
	if f.protection.clear && p.header.Type == wire.TypeApplicationData && d.version != wire.VersionTLS13 {
		d.keysUnseen(f, place)
	}
	d.records = true
	d.tapSealed(f, p.header, p.begin)
	f.protection.miss(p.header.Length, p.tail)
	d.tellSealed(f, p.header, place)
	if p.header.Type == wire.TypeApplicationData {
		d.sealedData(f, p.header.Length, place)
		return
	}
	if p.hole {
		d.damaged(f)
		d.remark(f, p.header, place, trace.RecordDetail{Sealed: !f.protection.clear, Why: "part of it is missing from the capture"})
	}
}
