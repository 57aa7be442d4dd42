package dissect

import (
	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// gap takes the news that n bytes of a flow are missing.
func (d *Dissector) gap(f *flow, at capture.Mark, n int64, why trace.GapReason) {
	place := trace.Place{Frame: at.Frame, Last: at.Frame, Offset: f.seen(), Length: int(n)}
	d.emit(trace.Event{Name: trace.Gap, From: d.side(f), Place: place, Detail: trace.GapDetail{Bytes: n, Why: why}})
	if why == trace.GapChanged {
		return
	}
	if f.reading == readingFirst {
		d.dialogue.Gap(f.direction, n)
		f.start += n
		f.late = true
		return
	}
	if d.gapInside(f, n) {
		return
	}
	missing := n
	if f.passing != nil {
		missing += int64(wire.RecordHeaderLen + f.passing.header.Length - f.passing.left)
	}
	missing += int64(len(f.buf))
	f.start += int64(len(f.buf)) + n
	f.buf, f.spans, f.passing, f.enough = nil, nil, nil, 0
	if f.reading == readingRecords {
		f.reading = readingLost
	}
	if n == 0 {
		missing = 0
	}
	f.protection.gap(missing, n > 0)
	d.damaged(f)
}

// gapInside reports whether the gap lies inside one record whose header came, so
// that the next record's place is known.
func (d *Dissector) gapInside(f *flow, n int64) bool {
	if f.reading != readingRecords || n == 0 {
		return false
	}
	if f.passing == nil {
		h, ok := wire.ParseRecordHeader(f.buf)
		if !ok || !plausible(h) {
			return false
		}
		f.passing = newPassing(f, h)
		d.pass(f)
	}
	p := f.passing
	if p == nil || n > int64(p.left) {
		return false
	}
	p.left -= int(n)
	p.hole, p.tail = true, nil
	f.start += n
	if p.left == 0 {
		f.passing = nil
		d.passed(f, p, d.now)
	}
	return true
}

// cutShort tells a record whose end never came.
func (d *Dissector) cutShort(f *flow, how trace.End, place trace.Place) {
	why := "the stream ends in the middle of it"
	if how == trace.EndOfCapture {
		why = "the capture ends in the middle of it"
	}
	h, ok := wire.ParseRecordHeader(f.buf)
	switch {
	case f.reading != readingRecords:
		return
	case f.passing != nil:
		h = f.passing.header
		place.Offset = f.passing.begin
	case len(f.buf) == 0:
		return
	case ok:
		place = f.place(f.start, len(f.buf))
	default:
		return
	}
	d.remark(f, h, place, trace.RecordDetail{Sealed: !f.protection.clear, Why: why})
}
