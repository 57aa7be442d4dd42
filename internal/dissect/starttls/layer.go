package starttls

import (
	"net/netip"

	"github.com/parley-tls/parley/internal/trace"
)

// A layer follows one protocol.
type layer interface {
	// name is the protocol's, as well as it is known by now.
	name() string
	// take reads from b, which is not empty, to the end of one unit of the protocol
	// (a line, a message) at most, and says how much that was and what it came to.
	take(from trace.Side, b []byte, at trace.Place) (n int, e effect)
	// resting reports whether a side is between units and none begins with the
	// byte, so that where TLS may begin with it, it does.
	resting(from trace.Side, first byte) bool
	// tear says that bytes of a side are missing before the next.
	tear(trace.Side)
	// why says why no TLS came, where the dialogue merely stopped.
	why() string
}

// A consequence is what a unit of a dialogue means for TLS.
type consequence uint8

// The consequences.
const (
	goesOn  consequence = iota
	asks                // the client asks for TLS
	agrees              // the server agrees: TLS begins
	commits             // the client asks and need not wait: TLS begins
	refuses             // the server does not agree; the client may ask again
	ends                // no TLS will come any more
	foreign             // it is another protocol than it seemed; why names it
	tunnels             // another stream begins in this one
	waits               // the bytes belong to what comes after the layer
)

// An effect is the consequence and what is to be said of it.
type effect struct {
	what     consequence
	why      string
	place    trace.Place    // of the unit
	origin   netip.AddrPort // of tunnels: whom the header names as the client
	answered bool           // of tunnels: the unit is a server's reply
}

// A packet gathers one unit that says its own length. Of a long one it keeps the
// beginning only.
type packet struct {
	kept  []byte
	got   int64
	total int64 // 0: not known yet
	place trace.Place
}

// maxKept is how much of a unit is kept until it ends.
const maxKept = 512

// take reads towards the packet's end. size says how long the packet is, once its
// beginning tells; a size of less than what came is as long as that.
func (p *packet) take(b []byte, at trace.Place, size func([]byte) (int64, bool)) (n int, whole bool) {
	if p.got == 0 {
		p.place = trace.Place{Frame: at.Frame, Offset: at.Offset}
		p.kept = p.kept[:0]
	}
	for n < len(b) && !(p.total > 0 && p.got >= p.total) {
		step := 1
		if p.total > 0 {
			step = int(min(int64(len(b)-n), p.total-p.got))
		}
		p.keep(b[n : n+step])
		n += step
		p.got += int64(step)
		if p.total == 0 {
			if total, ok := size(p.kept); ok {
				p.total = max(total, p.got)
			}
		}
	}
	p.place.Last = at.Last
	p.place.Length += n
	if p.total == 0 || p.got < p.total {
		return n, false
	}
	p.got, p.total = 0, 0
	return n, true
}

func (p *packet) keep(b []byte) {
	p.kept = append(p.kept, b[:min(len(b), maxKept-len(p.kept))]...)
}

func (p *packet) resting() bool { return p.got == 0 }

// An offer is what a server said of TLS before it was asked.
type offer struct {
	listed bool // it listed what it can
	made   bool // TLS is in the list
}

// why says why no TLS came of a dialogue that merely stopped.
func (o offer) why(asked bool) string {
	switch {
	case asked:
		return "the server did not answer the request for TLS"
	case o.made:
		return "the client did not ask for TLS; the server offered it"
	case o.listed:
		return "the client did not ask for TLS; the server did not offer it"
	}
	return "the client did not ask for TLS"
}
