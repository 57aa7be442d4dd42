package diagnose

import (
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A sealedHandshake is a handshake inside the connection of which nothing could
// be opened: record headers and lengths are all that is known.
type sealedHandshake struct {
	hello    record  // the client's handshake record that began it
	asked    *record // the server's handshake record before it, perhaps a HelloRequest
	server   int     // handshake records that the server sent in it
	finished map[trace.Side]bool
	doneAt   moment  // of the second Finished; none: it did not end well
	alert    *record // the first sealed alert after the hello, if the handshake was not done
	blind    bool    // bytes are missing somewhere before it
	lost     bool    // and while it went on
}

func (h *sealedHandshake) done() bool { return h.doneAt.n != 0 }

// A sealedReader finds sealed handshakes. Each side's first handshake record
// after its ChangeCipherSpec is its Finished; a handshake record that is none,
// while no handshake is under way, begins one (RFC 5246, section 7.1).
type sealedReader struct {
	finishedNext map[trace.Side]bool
	current      *sealedHandshake
	asked        *record
	blind        bool
	finishedIn   int // the frame of the client's last Finished
}

func (r *sealedReader) add(s *story, e moment) {
	switch d := e.Detail.(type) {
	case trace.KeysDetail:
		r.finishedNext[e.From] = true
	case trace.MessageDetail:
		if d.Type == wire.MessageFinished {
			r.finishedNext[e.From] = false
		}
	case trace.GapDetail:
		if d.Why != trace.GapChanged {
			r.gap()
		}
	case trace.RecordDetail:
		if d.Sealed {
			r.record(s, record{e, d})
		}
	}
}

// gap forgets what is under way: its end may be what is missing.
func (r *sealedReader) gap() {
	if r.current != nil {
		r.current.lost = true
	}
	r.current, r.asked, r.blind = nil, nil, true
}

func (r *sealedReader) record(s *story, rec record) {
	switch rec.Type {
	case wire.TypeChangeCipherSpec:
		r.finishedNext[rec.From] = true
	case wire.TypeAlert:
		if r.current != nil {
			r.current.alert = &rec
			r.current = nil
		}
	case wire.TypeHandshake:
		r.handshake(s, rec)
	}
}

func (r *sealedReader) handshake(s *story, rec record) {
	switch {
	case r.finishedNext[rec.From]:
		r.finishedNext[rec.From] = false
		r.finished(rec)
	case r.current != nil:
		if rec.From == trace.Server {
			r.current.server++
		}
	case rec.From == trace.Server:
		r.asked = &rec
		s.strays = append(s.strays, rec)
	case rec.Place.Frame != 0 && rec.Place.Frame == r.finishedIn:
		// The rest of the flight: NextProtocol comes before Finished, under the
		// same keys.
	default:
		r.current = &sealedHandshake{hello: rec, asked: r.asked, finished: map[trace.Side]bool{}, blind: r.blind}
		r.asked = nil
		s.sealed = append(s.sealed, r.current)
	}
}

func (r *sealedReader) finished(rec record) {
	if rec.From == trace.Client {
		r.finishedIn = rec.Place.Frame
	}
	if r.current == nil {
		return
	}
	r.current.finished[rec.From] = true
	if r.current.finished[trace.Client] && r.current.finished[trace.Server] {
		r.current.doneAt = rec.moment
		r.current = nil
	}
}
