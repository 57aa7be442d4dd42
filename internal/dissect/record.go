package dissect

import (
	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A Record is one record as it passed: what an Event tells of those alone that are
// remarkable.
type Record struct {
	Direction capture.Direction
	At        capture.Mark // of its last byte
	Type      wire.ContentType
	Header    wire.Version
	Length    int // of its fragment, as it came
	Place     trace.Place
	Protected bool // it is under keys
	Sealed    bool // and was not opened
	// Content is what it holds, where that could be read: application bytes and
	// secrets too. It is valid until the call returns.
	Content []byte
}

// tellRecord tells a record that was read.
func (d *Dissector) tellRecord(f *flow, h wire.RecordHeader, place trace.Place, content []byte) {
	d.tellAny(f, h, place, Record{Protected: !f.protection.clear, Content: content})
}

// tellClear tells a record that is in clear, whatever keys are in use.
func (d *Dissector) tellClear(f *flow, h wire.RecordHeader, place trace.Place, content []byte) {
	d.tellAny(f, h, place, Record{Content: content})
}

// tellSealed tells a record that was not read.
func (d *Dissector) tellSealed(f *flow, h wire.RecordHeader, place trace.Place) {
	d.tellAny(f, h, place, Record{Protected: true, Sealed: true})
}

func (d *Dissector) tellAny(f *flow, h wire.RecordHeader, place trace.Place, r Record) {
	if d.options.Record == nil {
		return
	}
	r.Direction, r.At, r.Type, r.Header, r.Length, r.Place = f.direction, d.now, h.Type, h.Version, h.Length, place
	d.options.Record(r)
}
