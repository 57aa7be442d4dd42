package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
)

// serverAsked finds HelloRequests. One that a client ends the connection at is
// the server's doing.
func serverAsked(s *story) []Finding {
	var list []Finding
	for _, ask := range s.asked {
		list = append(list, s.asking(ask))
	}
	for _, r := range s.strays {
		if s.asks(r) && s.helloSealedAfter(r) {
			list = append(list, s.askedSealed(r))
		}
	}
	return list
}

func (s *story) asking(ask moment) Finding {
	f := Finding{
		ID: "reneg-server-asked", Level: Note, Culprit: CulpritNone, Confidence: Sure,
		Sentence: "The server asked the client for a renegotiation with a HelloRequest.",
		Frames:   frames(ask), At: ask.At,
		Proof: []Proof{{Frame: ask.Place.Frame, At: ask.At, Field: "HelloRequest", Value: "from the server"}},
	}
	end := s.stopAfter(ask)
	if s.helloFollows(ask) || end.by != trace.Client || end.alert == nil {
		return f
	}
	f.Level, f.Culprit = Failure, CulpritServer
	f.Sentence = "The server asked the client for a renegotiation with a HelloRequest, and " + end.words() + "."
	f.Frames = frames(ask, end.at)
	f.Proof = append(f.Proof, alertProof(*end.alert))
	f.Cause = "the server's application wants something that only a handshake gives, most often a client certificate, and this client does not renegotiate"
	f.Remedies = []Remedy{{Where: "the server", Setting: "ask for what it needs in the first handshake (a client certificate: --client-auth request); parley serve never sends a HelloRequest", Safe: true}}
	return f
}

// helloFollows reports whether any second hello came after e.
func (s *story) helloFollows(e moment) bool {
	for _, hello := range s.secondHelloMoments() {
		if hello.after(e) {
			return true
		}
	}
	return false
}

// helloSealedAfter reports whether a sealed second handshake began right after a
// record of the server's.
func (s *story) helloSealedAfter(r record) bool {
	for _, h := range s.sealed {
		if h.asked != nil && h.asked.n == r.n {
			return true
		}
	}
	return false
}

func (s *story) askedSealed(r record) Finding {
	grounds := "while no handshake was under way: a HelloRequest is all that may stand there (RFC 5246, section 7.4.1.1)"
	if id, _ := s.cipher(); id != 0 {
		grounds = fmt.Sprintf("which with %s are those of a HelloRequest", id)
	}
	return Finding{
		ID: "reneg-server-asked", Level: Note, Culprit: CulpritNone, Confidence: Likely,
		Sentence: "The server asked the client for a renegotiation, by the looks of a sealed handshake record that it sent before the client's.",
		Frames:   frames(r.moment), At: r.At,
		Proof:   []Proof{{Frame: r.Place.Frame, At: r.At, Field: "handshake record", Value: fmt.Sprintf("%s from the server, %s", byteCount(r.Length), grounds)}},
		Missing: []string{s.unseen()},
	}
}
