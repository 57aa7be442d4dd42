package capture

import (
	"slices"

	"github.com/parley-tls/parley/internal/trace"
)

// An event is something that a Sink is to be told.
type event struct {
	kind  eventKind
	at    Mark
	order int // the last frame that it, or what comes before it in its direction, came in

	b   []byte          // eventBytes
	n   int64           // eventGap
	why trace.GapReason // eventGap
	how trace.End       // eventEnd
	odd string          // eventEnd
}

type eventKind uint8

const (
	eventBytes eventKind = iota
	eventGap
	eventEnd
)

// tell tells the Sink something, now or when the other direction is as far. Each
// direction is told in the order of its bytes. Between the two, a thing counts as
// coming when all before it in its direction had come.
func (c *connection) tell(d Direction, e event) {
	h, peer := &c.halves[d], &c.halves[1-d]
	h.order = max(h.order, e.at.Frame)
	e.order = h.order
	if e.kind == eventEnd {
		c.ended(d, e.how)
	}
	if len(h.pending) == 0 && len(peer.pending) == 0 && !peer.waits() {
		c.pass(d, &e)
		return
	}
	e.b = slices.Clone(e.b)
	c.hold(len(e.b) + pieceCost)
	h.pending = append(h.pending, e)
}

// release tells what waited for the other direction and need no longer.
func (c *connection) release() {
	for {
		d, ok := c.earliest()
		if !ok {
			return
		}
		h := &c.halves[d]
		e := h.pending[0]
		h.pending[0] = event{}
		h.pending = h.pending[1:]
		c.hold(-len(e.b) - pieceCost)
		c.pass(d, &e)
	}
}

// earliest gives the direction whose event is to be told next, if one is.
func (c *connection) earliest() (Direction, bool) {
	d := AtoB
	a, b := c.halves[AtoB].pending, c.halves[BtoA].pending
	switch {
	case len(a) == 0 && len(b) == 0:
		return d, false
	case len(a) == 0, len(b) > 0 && b[0].order < a[0].order:
		d = BtoA
	}
	// What waits for a hole in the other direction may turn out to come first.
	peer := &c.halves[1-d]
	if len(peer.pending) == 0 && peer.waits() && max(peer.order, peer.first) < c.halves[d].pending[0].order {
		return d, false
	}
	return d, true
}

// pass calls the Sink.
func (c *connection) pass(d Direction, e *event) {
	switch e.kind {
	case eventBytes:
		c.sink.Bytes(d, e.at, e.b)
	case eventGap:
		c.sink.Gap(d, e.at, e.n, e.why)
	case eventEnd:
		c.sink.End(d, e.at, e.how, e.odd)
	}
}
