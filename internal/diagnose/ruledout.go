package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// ruledOutOf lists what else a second hello's failure could be and is not.
func ruledOutOf(s *story, h *handshake, last stop) []RuledOut {
	var list []RuledOut
	if why, ok := s.notAsked(h.secondAt); ok && !h.second.Asked {
		list = append(list, RuledOut{"the server asked for it", why})
	}
	if why, ok := s.notCrossed(h.secondAt, last); ok {
		list = append(list, RuledOut{"application data crossed the hello", why})
	}
	if h.second.Kind == renego.KindRestart {
		return append(list, RuledOut{"a hello inside the connection (reneg-reset-hello)", "its record is a ClientHello in clear: no key of the connection is on it"})
	}
	list = append(list,
		RuledOut{"a new TLS object on the old connection (reneg-restart-hello)", "the hello is protected by the connection's keys"},
		RuledOut{"a record damaged on its way", "it opened under the keys in use"},
	)
	if h.second.Kind == renego.KindReset {
		list = append(list, RuledOut{"a renegotiation as RFC 5746 has it", "there is no renegotiation_info in the hello"})
	}
	return list
}

// notAsked says why the server cannot have asked for the hello that came at e.
// Without a key that shows too: the types of records stand in clear.
func (s *story) notAsked(e moment) (why string, ok bool) {
	for _, ask := range s.asked {
		if e.after(ask) {
			return "", false
		}
	}
	if s.oneSided() {
		return "", false
	}
	for _, g := range s.gaps {
		if g.From != trace.Client && e.after(g.moment) && g.Why != trace.GapChanged {
			return "", false
		}
	}
	for _, r := range s.strays {
		if e.after(r.moment) && s.asks(r) {
			return "", false
		}
	}
	if e.Place.Frame == 0 {
		return "no HelloRequest was sent before it", true
	}
	return fmt.Sprintf("no HelloRequest in frames %d to %d", max(1, s.c.First), e.Place.Frame), true
}

// asks reports whether a sealed record of the server's can be a HelloRequest.
func (s *story) asks(r record) bool {
	id, v := s.cipher()
	l, ok := contentLength(r.Length, id, v)
	return !ok || l.has(wire.MessageHeaderLen)
}

// notCrossed says that no data of the server's came between a hello and what
// ended the connection.
func (s *story) notCrossed(hello moment, last stop) (why string, ok bool) {
	if last.at.n == 0 || s.oneSided() || s.gapBetween(trace.Server, hello, last.at) {
		return "", false
	}
	if _, toClient := s.dataBetween(hello, last.at); toClient > 0 {
		return "", false
	}
	if hello.Place.Frame == 0 {
		return "the server sent no data after the hello", true
	}
	return fmt.Sprintf("no data of the server's in frames %d to %d", hello.Place.Frame, last.at.Place.Frame), true
}

// gapBetween reports whether bytes of a side are missing between two events.
func (s *story) gapBetween(side trace.Side, a, b moment) bool {
	for _, g := range s.gaps {
		if g.From == side && g.after(a) && b.after(g.moment) && g.Why != trace.GapChanged {
			return true
		}
	}
	return false
}

// gapBefore reports whether bytes of either side are missing before an event.
func (s *story) gapBefore(e moment) bool {
	return s.gapBetween(trace.Client, moment{}, e) || s.gapBetween(trace.Server, moment{}, e)
}

// cipher is the suite and version in use.
func (s *story) cipher() (wire.SuiteID, wire.Version) {
	id := wire.SuiteID(0)
	for _, h := range s.handshakes {
		switch {
		case h.keys != nil && h.keys.SuiteID != 0:
			id = h.keys.SuiteID
		case h.done != nil && h.done.SuiteID != 0:
			id = h.done.SuiteID
		case h.serverHello != nil:
			id = h.serverHello.CipherSuite
		}
	}
	return id, s.version()
}
