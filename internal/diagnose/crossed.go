package diagnose

import (
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// dataCrossed finds application data that crossed a second hello.
func dataCrossed(s *story) []Finding {
	for _, h := range s.handshakes {
		if h.second == nil {
			continue
		}
		if f, ok := s.crossedFatally(h); ok {
			return []Finding{f}
		}
	}
	var list []Finding
	for _, e := range s.crossed {
		if s.doneUnseen(e) {
			continue
		}
		d := e.Detail.(trace.DataDetail)
		list = append(list, Finding{
			ID: "reneg-data-crossed", Level: Note, Culprit: CulpritNone, Confidence: Sure,
			Sentence: "Application data crossed a handshake inside the connection: " + bothWays(d) + ".",
			Frames:   frames(e), At: e.At,
			Proof: []Proof{{Frame: e.Place.Frame, At: e.At, Field: "application data", Value: "between a second hello and the end of its handshake"}},
		})
	}
	return list
}

// bothWays counts data, without the side that sent none.
func bothWays(d trace.DataDetail) string {
	switch {
	case d.ToClient == 0:
		return byteCount(d.FromClient) + " from the client"
	case d.FromClient == 0:
		return byteCount(d.ToClient) + " from the server"
	}
	return byteCount(d.FromClient) + " from the client, " + byteCount(d.ToClient) + " from the server"
}

// doneUnseen reports whether bytes are missing between the last second hello and
// e, so that the handshake may have been done before e came.
func (s *story) doneUnseen(e moment) bool {
	var hello moment
	for _, h := range s.secondHelloMoments() {
		if e.after(h) && h.after(hello) {
			hello = h
		}
	}
	return s.gapBetween(trace.Client, hello, e) || s.gapBetween(trace.Server, hello, e)
}

// crossedFatally finds a client that could not bear the server's data in the
// middle of its handshake: measured, OpenSSL 1.0.x after a reset says
// unexpected_message, "unexpected record".
func (s *story) crossedFatally(h *handshake) (Finding, bool) {
	what, end := s.outcome(h)
	if what != outcomeGivenUp || end.alert == nil || end.alert.Alert != wire.AlertUnexpectedMessage {
		return Finding{}, false
	}
	_, to := s.dataBetween(h.secondAt, end.at)
	under := to > 0
	if !under {
		_, to = s.dataBetween(s.lastDone(h.secondAt), h.secondAt)
	}
	if to == 0 {
		return Finding{}, false
	}
	f := Finding{
		ID: "reneg-data-crossed", Level: Failure, Culprit: CulpritUnknown, Confidence: Sure,
		Sentence: "Data from the server crossed the client's second hello on the wire, and " + end.words() + ".",
		Cause:    "the two directions of a connection are independent; this client does not read data in the middle of a handshake",
		Frames:   frames(h.secondAt, end.at), At: h.secondAt.At,
		Proof: []Proof{
			{Frame: h.secondAt.Place.Frame, At: h.secondAt.At, Field: "second ClientHello", Value: "a " + h.second.Kind.String() + " hello"},
			alertProof(*end.alert),
		},
		Remedies: []Remedy{
			{Where: "Parley", Setting: "nothing to set: it sends no data once it has the hello; what was under way cannot be called back", Safe: true},
			{Where: "the protocol", Setting: "let the server be quiet while the client renegotiates, or have the client read first", Safe: true},
		},
	}
	if !under {
		f.Confidence = Possible
		f.Missing = append(f.Missing, "whether the server's data reached the client before or after its hello was sent; capture on the client's side")
	}
	return f, true
}
