package capture

// replacedBy says whether a segment belongs to another connection between the same ends,
// which begins with it. Devices with fixed source ports use a tuple again and
// again, and not always after a FIN.
func (c *connection) replacedBy(d Direction, s segment) bool {
	h, peer := &c.halves[d], &c.halves[1-d]
	switch {
	case s.syn && s.acks:
		return answersAnother(h, peer, s)
	case s.syn:
		return opensAnother(h, peer, s)
	case s.rst || !h.begun || s.length == 0:
		return false
	case fits(h, peer, s):
		h.strays = 0
		return false
	}
	// Neither SYN was captured, or this is a stray. Several in a row are none.
	const several = 3
	h.strays++
	return h.strays >= several
}

// disorder is how far behind its place in the file a SYN can stand.
const disorder = 1 << 16

// opensAnother judges a SYN.
func opensAnother(h, peer *half, s segment) bool {
	switch {
	case !h.begun:
		return peer.begun && !peer.syn // else both sides open at once (RFC 9293, section 3.5)
	case h.syn:
		// The same one came again. Behind data it does not, but from a device that begins all
		// its connections with one number; whether it is one the answer shows.
		h.reopened = h.reopened || h.next != h.initial+1 || h.ended != ""
		return s.seq != h.initial
	}
	before := distance(s.seq, h.initial)
	return before < 0 || before > disorder
}

// answersAnother judges a SYN that answers one.
func answersAnother(h, peer *half, s segment) bool {
	switch {
	case !h.begun && peer.begun && !peer.syn:
		before := distance(s.ack, peer.next)
		return before < 0 || before > disorder
	case !h.begun, h.syn && s.seq == h.initial:
		return false
	case h.syn:
		return !peer.syn || s.ack != peer.initial+1 || peer.reopened
	}
	before := distance(s.seq, h.initial)
	return before < 0 || before > disorder
}

// fresh says whether nothing has come of the direction's SYN yet.
func (h *half) fresh(peer *half) bool {
	return h.next == h.initial+1 && !h.waits() && h.ended == "" && !peer.acknowledges
}

// fits says whether a segment's numbers can be of this connection. Where many packets
// are missing, the number of its data alone can be far ahead.
func fits(h, peer *half, s segment) bool {
	const far = 1 << 26
	ahead := distance(h.next, s.seq)
	switch {
	case ahead < -far, ahead > near:
		return false
	case ahead < far, !s.acks, !peer.begun:
		return true
	}
	acknowledged := distance(peer.next, s.ack)
	return acknowledged > -far && acknowledged < far
}
