package dissect

import (
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A hidden handshake goes on under keys that are not known: a client that sends
// handshake records on an open connection can only be sending a ClientHello and
// what follows it.
type hidden struct {
	keyed    [3]bool // by side: a ChangeCipherSpec came
	finished [3]bool
}

// concluded draws from a sealed record what can be drawn: behind ChangeCipherSpec
// comes Finished and nothing else (RFC 5246, section 7.4.9).
func (d *Dissector) concluded(f *flow, h wire.RecordHeader, place trace.Place) {
	if d.version == wire.VersionTLS13 {
		return
	}
	side := d.side(f)
	if under := d.handshake; under != nil && under.keyed[side] && !under.finished[side] {
		switch h.Type {
		case wire.TypeHandshake:
			under.finished[side] = true
			d.done(under, place)
			return
		case wire.TypeAlert:
			return // it may be a warning
		}
	}
	d.concludedHidden(f, h)
}

func (d *Dissector) concludedHidden(f *flow, h wire.RecordHeader) {
	side := d.side(f)
	switch h.Type {
	case wire.TypeHandshake:
		if d.hidden == nil {
			if side == trace.Client && d.story.Sided && d.handshake == nil {
				d.hidden = &hidden{}
			}
			return
		}
		d.hidden.finished[side] = d.hidden.keyed[side]
	case wire.TypeChangeCipherSpec:
		if d.hidden != nil {
			d.hidden.keyed[side] = true
		}
	case wire.TypeAlert:
		if side == trace.Server {
			d.hidden = nil // it is refused or aborted
		}
	}
	if d.hidden != nil && d.hidden.finished[trace.Client] && d.hidden.finished[trace.Server] {
		d.hidden = nil
	}
}
