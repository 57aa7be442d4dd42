package capture

import (
	"fmt"
	"time"

	"github.com/parley-tls/parley/internal/trace"
)

// A connection is a Connection that is being put together.
type connection struct {
	Connection
	sink Sink // nil: it was finished, or nobody wants to see it
	key  tuple

	assembler *Assembler
	halves    [2]half
	held      int // bytes, with what keeping them costs
	last      Mark

	broken  bool      // by a RST
	lingers time.Time // when it is finished after a reset or both FINs; zero: not yet

	newer, older *connection // in a queue
	alarm        time.Time   // among alarms; zero: none
	place        int         // there
}

// newConnection makes the connection that begins with a segment.
func newConnection(a *Assembler, key tuple, s segment) *connection {
	c := &connection{
		Connection: Connection{Number: a.number, A: s.from, B: s.to, Begin: s.at, Whole: s.syn},
		key:        key,
		assembler:  a,
		last:       s.at,
	}
	if s.syn && s.acks { // the answer to a SYN that was not seen
		c.A, c.B = s.to, s.from
	}
	return c
}

func (c *connection) directionOf(s segment) Direction {
	if s.from == c.A {
		return AtoB
	}
	return BtoA
}

// take takes a segment of the connection.
func (c *connection) take(d Direction, s segment) {
	h, peer := &c.halves[d], &c.halves[1-d]
	switch {
	case s.syn:
		if !c.synchronize(h, peer, s) {
			return
		}
		s.seq++ // the SYN has a number of its own
	case s.rst:
		c.reset(d, s)
		return
	case h.strays > 0:
		return
	case !h.begun && !c.beginLate(d, s):
		return
	}
	if s.acks {
		h.acknowledge(s.ack)
	}
	h.seen = true
	h.ttl.add(s.ttl)
	c.tellSegment(d, s)
	if s.length > 0 && !c.lingers.IsZero() {
		c.linger() // somebody has not heard of the end
	}
	c.receive(d, s)
	if s.fin {
		h.endAt(ending{seq: s.seq + uint32(s.length), at: s.at, since: c.assembler.now, how: trace.EndFIN})
	}
	c.drain(d)
	c.release()
}

// synchronize takes a SYN, and says whether it is to be heeded. The connection was asked before
// whether the SYN begins another one.
func (c *connection) synchronize(h, peer *half, s segment) bool {
	switch {
	case h.begun && h.syn && h.initial == s.seq:
		h.seen = true
		return s.length > 0 // it came again, perhaps with data
	case h.begun && !h.syn:
		return false // it comes late, as what it began is there already
	case h.begun && !h.fresh(peer):
		return false // the one that was answered to first is in use
	case s.acks && peer.syn && s.ack != peer.initial+1 && s.ack != peer.next:
		return false // it answers another SYN
	}
	// A server that answers again with another number is one that keeps nothing in
	// mind before the third step, or another behind the same address.
	h.begin(s.seq+1, true)
	if s.acks && !peer.begun {
		peer.begin(s.ack, true)
	}
	return true
}

// beginLate begins a direction with something other than a SYN, and says whether
// the segment is to be heeded.
func (c *connection) beginLate(d Direction, s segment) bool {
	h, peer := &c.halves[d], &c.halves[1-d]
	why := trace.GapLate
	if peer.syn {
		if s.acks && !peer.plausible(s.ack) {
			return false // of an older connection, to which the new SYN came
		}
		why = trace.GapLost
	}
	start := s.seq
	if s.length == 1 && !s.fin {
		start++ // a keep-alive sends what was acknowledged before, or anything in its place
	}
	h.begin(start, false)
	c.tell(d, event{kind: eventGap, at: s.at, why: why})
	return true
}

// reset takes a RST. It ends its side's direction and in time the connection.
func (c *connection) reset(d Direction, s segment) {
	h, peer := &c.halves[d], &c.halves[1-d]
	end := ending{seq: s.seq, at: s.at, since: c.assembler.now, how: trace.EndReset}
	c.tellSegment(d, s)
	switch {
	case h.begun && !h.near(s.seq):
		return // of an older connection, or a guess of somebody outside
	case h.begun:
		// Numbers of resets are imprecise. What came before it came before it.
		end.odd = h.ttl.odd(s.ttl)
		switch {
		case h.ending.how == trace.EndFIN:
			end.seq = h.ending.seq // the FIN has a number of its own
		case distance(h.highest(), s.seq) < 0:
			end.seq = h.highest()
		}
	case peer.syn && s.acks && !peer.plausible(s.ack):
		return
	case peer.syn: // the SYN is refused, or its answer was lost
		h.begin(s.seq, false)
	default:
		h.begin(s.seq, false)
		c.tell(d, event{kind: eventGap, at: s.at, why: trace.GapLate})
	}
	c.broken = true
	c.linger()
	h.endAt(end)
	c.drain(d)
	c.release()
}

// done says whether nothing more is to come: both sides sent FIN, and have that acknowledged.
func (c *connection) done() bool {
	a, b := &c.halves[AtoB], &c.halves[BtoA]
	if c.waits() {
		return false
	}
	if a.ended == trace.EndFIN && b.ended == trace.EndFIN && a.acked == b.next+1 && b.acked == a.next+1 {
		return true
	}
	return !c.lingers.IsZero() && !c.assembler.now.Before(c.lingers)
}

// waits says whether something is held back.
func (c *connection) waits() bool {
	for d := range c.halves {
		if h := &c.halves[d]; h.waits() || len(h.pending) > 0 {
			return true
		}
	}
	return false
}

// nextAlarm says when something must happen though no packet comes; zero: never.
func (c *connection) nextAlarm() time.Time {
	at := c.lingers
	for d := range c.halves {
		if t := c.halves[d].deadline(c.assembler.limits); !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	return at
}

// ring does what the time has come for.
func (c *connection) ring() {
	now := c.assembler.now
	for d := range c.halves {
		h := &c.halves[d]
		for t := h.deadline(c.assembler.limits); !t.IsZero() && !t.After(now); t = h.deadline(c.assembler.limits) {
			c.skip(Direction(d), trace.GapLost)
		}
	}
	if !c.lingers.IsZero() && !c.lingers.After(now) {
		c.flushAll(trace.GapLost)
	}
	c.release()
}

// ended notes the end of a direction that was told, and how long the connection is waited for.
func (c *connection) ended(d Direction, how trace.End) {
	h, peer := &c.halves[d], &c.halves[1-d]
	h.ended = how
	c.assembler.forgetHistory(&h.history)
	if how == trace.EndReset || peer.ended != "" {
		c.linger()
	}
}

// linger waits a little for what was under way.
func (c *connection) linger() { c.lingers = c.assembler.now.Add(c.assembler.limits.Linger) }

// flushAll stops waiting for what is missing.
func (c *connection) flushAll(why trace.GapReason) {
	for d := range c.halves {
		for c.halves[d].waits() {
			c.skip(Direction(d), why)
		}
	}
	c.release()
}

// maxPieces bounds what waits in one direction by number, since it is kept in order.
const maxPieces = 4096

// crowded says whether too many pieces wait.
func (c *connection) crowded() bool {
	return len(c.halves[AtoB].queue) > maxPieces || len(c.halves[BtoA].queue) > maxPieces
}

// skipOldest gives up the hole that is waited for longest, for want of room.
func (c *connection) skipOldest() {
	d := AtoB
	if a, b := &c.halves[AtoB], &c.halves[BtoA]; !a.waits() || b.waits() && b.first < a.first {
		d = BtoA
	}
	c.skip(d, trace.GapLimit)
	c.release()
}

// endAll ends the directions that are open still.
func (c *connection) endAll(at Mark, how trace.End) {
	c.flushAll(trace.GapLost)
	if c.broken {
		return // the one that was not reset itself has no end of its own
	}
	for d := range c.halves {
		if h := &c.halves[d]; h.seen && h.ended == "" {
			c.tell(Direction(d), event{kind: eventEnd, at: at, how: how})
		}
	}
}

// giveUp stops following the connection, for want of room.
func (c *connection) giveUp() {
	c.flushAll(trace.GapLimit)
	for d := range c.halves {
		if h := &c.halves[d]; h.seen && h.ended == "" {
			c.tell(Direction(d), event{kind: eventGap, at: c.last, why: trace.GapLimit})
		}
	}
}

// finish makes the last call and lets go of all memory.
func (c *connection) finish() {
	for d := range c.halves {
		h := &c.halves[d]
		c.assembler.forgetHistory(&h.history)
		h.queue, h.pending = nil, nil
	}
	if c.sink != nil {
		c.sink.Finish(c.last)
		c.sink = nil
	}
}

// ttlRange is the range of a side's time-to-live values.
type ttlRange struct {
	low, high byte
	seen      bool
}

func (r *ttlRange) add(ttl byte) {
	if !r.seen {
		*r = ttlRange{low: ttl, high: ttl, seen: true}
	}
	r.low, r.high = min(r.low, ttl), max(r.high, ttl)
}

// odd says in words that a packet came another way than the others, or from someone else.
func (r *ttlRange) odd(ttl byte) string {
	const clearly = 3 // routes change by a hop or two
	if !r.seen || int(ttl) > int(r.low)-clearly && int(ttl) < int(r.high)+clearly {
		return ""
	}
	if r.low == r.high {
		return fmt.Sprintf("its TTL is %d, that of the side's other packets %d", ttl, r.low)
	}
	return fmt.Sprintf("its TTL is %d, that of the side's other packets %d to %d", ttl, r.low, r.high)
}
