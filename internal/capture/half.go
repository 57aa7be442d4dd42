package capture

import (
	"time"

	"github.com/parley-tls/parley/internal/trace"
)

// A half is one direction of a connection: what its sender sent.
type half struct {
	begun    bool // it is known where it begins, or at least where it is
	seen     bool // a packet of it was
	syn      bool // it began with a SYN, or one that the other side answered
	initial  uint32
	reopened bool   // the same SYN came again behind data or the end
	next     uint32 // the number of the next byte
	place    int64  // where in the stream that is

	acknowledges bool
	acked        uint32 // what the sender acknowledged of the other direction

	queue   []piece   // what waits for a hole before it, in order, not overlapping
	ending  ending    // the FIN or RST, zero: none was seen
	first   int       // the earliest frame among those
	since   time.Time // when it came; it waits longest
	covered time.Time // when the peer was seen to have what is missing; zero: not yet
	ended   trace.End // how it ended, once that was told or waits to be

	order   int     // the last frame of what was told so far
	pending []event // what waits for the other direction

	history history
	ttl     ttlRange
	strays  int // packets in a row that fit nothing
}

// A piece is a part of a segment that waits.
type piece struct {
	seq     uint32
	data    []byte
	length  int // as in a segment
	changed int // bytes of it that came again, otherwise
	at      Mark
	since   time.Time // when it came, by the assembler's clock
}

func (p *piece) end() uint32 { return p.seq + uint32(p.length) }

// An ending is a FIN or RST, which waits like a byte.
type ending struct {
	seq   uint32
	at    Mark
	since time.Time // as a piece's
	how   trace.End
	odd   string
}

// near is how far apart numbers can be that belong together. No window is larger
// (RFC 7323, section 2.3).
const near = 1 << 30

// much is how far a side gets before it must hear of the other, on most networks.
const much = 1 << 24

// begin starts the direction at a number.
func (h *half) begin(next uint32, syn bool) {
	h.begun, h.syn, h.initial, h.next = true, syn, next-1, next
}

// near says whether a number can be one that a side has in mind just now.
func (h *half) near(seq uint32) bool {
	return distance(h.next, seq) > -much && distance(h.highest(), seq) < much
}

// plausible says whether somebody who saw this direction can acknowledge that much. All
// of what was sent may be missing from the capture, but not a great deal in a SYN's time.
func (h *half) plausible(ack uint32) bool {
	d := distance(h.initial, ack)
	return d > 0 && d < distance(h.initial, h.next)+much
}

// acknowledge notes what the sender acknowledges of the other direction.
func (h *half) acknowledge(ack uint32) {
	if !h.acknowledges || distance(h.acked, ack) > 0 {
		h.acknowledges, h.acked = true, ack
	}
}

// waits says whether there is a hole with something behind it.
func (h *half) waits() bool { return len(h.queue) > 0 || h.ending.how != "" && h.ended == "" }

// highest is the number behind all that was seen.
func (h *half) highest() uint32 {
	if n := len(h.queue); n > 0 {
		return h.queue[n-1].end()
	}
	return h.next
}

// endAt notes the FIN or RST.
func (h *half) endAt(e ending) {
	if h.ended != "" || h.ending.how != "" && e.how != trace.EndReset {
		return
	}
	h.ending = e
	h.noteFirst(e.at.Frame, e.since)
}

// noteFirst notes that a packet waits.
func (h *half) noteFirst(frame int, since time.Time) {
	if h.first == 0 || frame < h.first {
		h.first, h.since = frame, since
	}
}

// findFirst looks for the earliest packet that waits, after others were told.
func (h *half) findFirst() {
	h.first, h.covered = 0, time.Time{}
	for i := range h.queue {
		h.noteFirst(h.queue[i].at.Frame, h.queue[i].since)
	}
	if h.ending.how != "" && h.ended == "" {
		h.noteFirst(h.ending.at.Frame, h.ending.since)
	}
}

// hole is the number at which the hole before what waits ends.
func (h *half) hole() uint32 {
	if len(h.queue) > 0 {
		return h.queue[0].seq
	}
	return h.ending.seq
}

// deadline says until when a hole is waited for; zero: there is none.
func (h *half) deadline(l Limits) time.Time {
	if !h.waits() {
		return time.Time{}
	}
	at := h.since.Add(l.Patience)
	if soon := h.covered.Add(l.Grace); !h.covered.IsZero() && soon.Before(at) {
		at = soon
	}
	return at
}
