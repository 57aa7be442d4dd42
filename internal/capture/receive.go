package capture

import (
	"slices"

	"github.com/parley-tls/parley/internal/trace"
)

// pieceCost is what keeping a piece or an event costs beside its bytes.
const pieceCost = 128

// receive takes a segment's payload: what is next is told, what is behind a hole
// waits, what was there already is compared.
func (c *connection) receive(d Direction, s segment) {
	h := &c.halves[d]
	c.noteCovered(h, &c.halves[1-d])
	if h.ended != "" || s.length == 0 {
		return
	}
	p := piece{seq: s.seq, data: s.data, length: s.length, at: s.at}
	if before := -distance(h.next, p.seq); before > 0 {
		c.again(d, p, min(before, p.length))
		if before >= p.length {
			return
		}
		p = p.slice(before, p.length)
	}
	if h.ending.how != "" {
		limit := distance(p.seq, h.ending.seq)
		if limit <= 0 {
			return // behind its FIN a side sends nothing
		}
		p = p.slice(0, min(limit, p.length))
	}
	if len(h.queue) == 0 && p.seq == h.next {
		c.deliver(d, p)
		return
	}
	if distance(h.next, p.end()) > near {
		return
	}
	c.enqueue(h, p)
}

// tellSegment tells whoever wants to know where in the streams a segment stands.
func (c *connection) tellSegment(d Direction, s segment) {
	sink, wanted := c.sink.(SegmentSink)
	h, peer := &c.halves[d], &c.halves[1-d]
	if !wanted || !h.begun {
		return
	}
	ahead := distance(h.next, s.seq)
	out := Segment{At: s.at, Offset: h.place + int64(ahead), Payload: s.data, Length: s.length, Again: ahead+s.length <= 0}
	if s.acks && peer.begun {
		out.Acks, out.Acked = true, peer.place+int64(distance(peer.next, s.ack))
	}
	sink.Segment(d, out)
}

// slice is the part of a piece between two places in it.
func (p piece) slice(from, to int) piece {
	p.data = p.data[min(from, len(p.data)):min(to, len(p.data))]
	p.seq += uint32(from)
	p.length = to - from
	return p
}

// again compares what came before with what comes now: the first n bytes of a segment.
// A single byte before the next one is a keep-alive, and may be any (RFC 9293, section 3.8.4).
func (c *connection) again(d Direction, p piece, n int) {
	h := &c.halves[d]
	if p.length == 1 && p.seq == h.next-1 {
		return
	}
	if changed := h.history.differ(p.seq, p.data[:min(n, len(p.data))]); changed > 0 {
		c.tell(d, event{kind: eventGap, at: p.at, n: int64(changed), why: trace.GapChanged})
	}
}

// enqueue keeps the parts of a piece that are not there yet. The first to come wins, as
// it does where no byte is missing.
func (c *connection) enqueue(h *half, p piece) {
	p.since = c.assembler.now
	h.noteFirst(p.at.Frame, p.since)
	i, _ := slices.BinarySearchFunc(h.queue, p.seq, func(q piece, seq uint32) int {
		return distance(seq, q.end()-1) // the first that ends behind p's beginning
	})
	for ; p.length > 0; i++ {
		if i == len(h.queue) {
			c.insert(h, i, p)
			return
		}
		q := &h.queue[i]
		if before := distance(p.seq, q.seq); before > 0 {
			part := min(before, p.length)
			c.insert(h, i, p.slice(0, part))
			p = p.slice(part, p.length)
			continue
		}
		part := min(distance(p.seq, q.end()), p.length)
		from := distance(q.seq, p.seq)
		q.changed += differences(q.slice(from, from+part).data, p.slice(0, part).data)
		p = p.slice(part, p.length)
	}
}

// insert puts a copy of a piece into the queue.
func (c *connection) insert(h *half, i int, p piece) {
	p.data = slices.Clone(p.data)
	h.queue = slices.Insert(h.queue, i, p)
	c.hold(len(p.data) + pieceCost)
}

// hold counts memory that is kept, or let go.
func (c *connection) hold(n int) {
	c.held += n
	c.assembler.held += n
}

// drain tells what no longer waits, and the end if that is reached.
func (c *connection) drain(d Direction) {
	h := &c.halves[d]
	n := 0
	for n < len(h.queue) && h.queue[n].seq == h.next {
		p := h.queue[n]
		c.hold(-len(p.data) - pieceCost)
		c.deliver(d, p)
		if p.changed > 0 {
			c.tell(d, event{kind: eventGap, at: p.at, n: int64(p.changed), why: trace.GapChanged})
		}
		n++
	}
	if n > 0 {
		h.queue = slices.Delete(h.queue, 0, n)
	}
	end := h.ending.how != "" && h.ended == "" && len(h.queue) == 0 && distance(h.ending.seq, h.next) >= 0
	if end {
		c.tell(d, event{kind: eventEnd, at: h.ending.at, how: h.ending.how, odd: h.ending.odd})
	}
	if n > 0 || end {
		h.findFirst()
	}
}

// skip gives up the first hole.
func (c *connection) skip(d Direction, why trace.GapReason) {
	h := &c.halves[d]
	at := h.ending.at
	if len(h.queue) > 0 {
		at = h.queue[0].at
	}
	if why == trace.GapLimit && !h.covered.IsZero() {
		why = trace.GapLost // the peer has it, so only the capture lacks it
	}
	hole := h.hole()
	missing := int64(distance(h.next, hole))
	c.tell(d, event{kind: eventGap, at: at, n: missing, why: why})
	h.next, h.place = hole, h.place+missing
	c.drain(d)
}

// deliver tells the next bytes, and those of them that the capture cut off.
func (c *connection) deliver(d Direction, p piece) {
	h := &c.halves[d]
	h.next, h.place = p.end(), h.place+int64(p.length)
	if len(p.data) > 0 {
		c.assembler.remember(&h.history, p.seq, p.data)
		c.tell(d, event{kind: eventBytes, at: p.at, b: p.data})
	}
	if missing := p.length - len(p.data); missing > 0 {
		c.tell(d, event{kind: eventGap, at: p.at, n: int64(missing), why: trace.GapSnaplen})
	}
}

// noteCovered notes when one side acknowledges what is missing of the other: then it
// was only not captured, or stands a little later in the file.
func (c *connection) noteCovered(h, peer *half) {
	for _, pair := range [2][2]*half{{h, peer}, {peer, h}} {
		sender, receiver := pair[0], pair[1]
		if sender.waits() && sender.covered.IsZero() && receiver.acknowledges && distance(sender.hole(), receiver.acked) >= 0 {
			sender.covered = c.assembler.now
		}
	}
}
