package diagnose

import "github.com/parley-tls/parley/internal/wire"

// refusedResumption finds sessions that were offered and not resumed.
func refusedResumption(s *story) []Finding {
	h := s.first()
	if h == nil || h.hello == nil || h.done == nil || h.done.Resumed || !offersSession(h.hello) || s.version() >= wire.VersionTLS13 {
		return nil
	}
	return []Finding{{
		ID: "resume-refused", Level: Note, Culprit: CulpritNone, Confidence: Sure,
		Sentence: "The client offered a session, and the server made a full handshake instead.",
		Cause:    "the session is old, or is another server's behind the same address, or does not fit this hello",
		Frames:   frames(h.helloAt, h.serverHelloAt), At: h.helloAt.At,
		Proof: h.at([]Proof{{Field: "ClientHello", Value: offeredSession(h.hello)}}),
	}}
}

// offersSession: a session id beside an empty ticket is one that a client of TLS
// 1.3 makes up for middleboxes (RFC 8446, appendix D.4), and offers nothing.
func offersSession(h *wire.ClientHello) bool {
	ticket, _ := h.SessionTicket()
	return len(ticket) > 0 || len(h.SessionID) > 0 && !h.OffersVersion(wire.VersionTLS13)
}

func offeredSession(h *wire.ClientHello) string {
	if ticket, _ := h.SessionTicket(); len(ticket) > 0 {
		return "a ticket of " + byteCount(len(ticket))
	}
	return "a session id of " + byteCount(len(h.SessionID))
}
