package capture

import "bytes"

// Bounds of what is kept of one direction to compare with what comes again.
const (
	historyLeast = 2 << 10 // while there is room for that
	historyMost  = 32 << 10
)

// A history is the last bytes of a direction, in a ring.
type history struct {
	ring []byte // its length is a power of two
	end  uint32 // the number behind the last byte
	n    int    // how many there are
}

// remember adds the next bytes of a direction.
func (a *Assembler) remember(h *history, seq uint32, b []byte) {
	if h.n > 0 && h.end != seq {
		h.n = 0
	}
	if want := h.n + len(b); want > len(h.ring) && len(h.ring) < historyMost {
		a.growHistory(h, want)
	}
	h.end = seq + uint32(len(b))
	if len(h.ring) == 0 {
		return
	}
	h.put(h.end, b[max(0, len(b)-len(h.ring)):])
	h.n = min(h.n+len(b), len(h.ring))
}

// put lays bytes into the ring that end at a number.
func (h *history) put(end uint32, b []byte) {
	at := (end - uint32(len(b))) & uint32(len(h.ring)-1)
	n := copy(h.ring[at:], b)
	copy(h.ring, b[n:])
}

// growHistory makes a ring larger, if memory allows.
func (a *Assembler) growHistory(h *history, want int) {
	size := max(historyLeast, len(h.ring))
	for size < want && size < historyMost {
		size *= 2
	}
	room := a.limits.History - a.history + len(h.ring)
	if size > room/2 && size > historyLeast { // half of the room is left to those that have none
		size = historyLeast
	}
	if size > room || size <= len(h.ring) {
		return
	}
	grown := history{ring: make([]byte, size)}
	if h.n > 0 {
		x, y := h.span(h.end-uint32(h.n), h.n)
		grown.put(h.end-uint32(len(y)), x)
		grown.put(h.end, y)
	}
	a.history += size - len(h.ring)
	h.ring = grown.ring
}

// forgetHistory lets go of it for good.
func (a *Assembler) forgetHistory(h *history) {
	a.history -= len(h.ring)
	*h = history{}
}

// span gives n bytes from a number on, in two parts, since they lie in a ring.
func (h *history) span(seq uint32, n int) (a, b []byte) {
	at := int(seq & uint32(len(h.ring)-1))
	if at+n <= len(h.ring) {
		return h.ring[at : at+n], nil
	}
	return h.ring[at:], h.ring[:at+n-len(h.ring)]
}

// differ counts the bytes that are not what was there before, as far as that is known.
func (h *history) differ(seq uint32, b []byte) int {
	if h.n == 0 {
		return 0
	}
	if unknown := distance(seq, h.end-uint32(h.n)); unknown > 0 {
		b = b[min(unknown, len(b)):]
		seq += uint32(unknown)
	}
	b = b[:max(0, min(len(b), distance(seq, h.end)))]
	if len(b) == 0 {
		return 0
	}
	x, y := h.span(seq, len(b))
	return differences(x, b) + differences(y, b[len(x):])
}

// differences counts the places at which two byte strings differ, up to the end of the shorter.
func differences(a, b []byte) int {
	n := min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) {
		return 0
	}
	count := 0
	for i := range n {
		if a[i] != b[i] {
			count++
		}
	}
	return count
}
