package diagnose

import (
	"strings"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// foreignProtocol finds connections that speak something else than TLS to a
// server that waits for TLS.
func foreignProtocol(s *story) []Finding {
	if !s.foreign() {
		return nil
	}
	a := s.serverAlert()
	if a == nil && !s.c.Live && !s.unheard() {
		return nil // it may well be what the server wants
	}
	f := Finding{
		ID: "not-tls", Level: Failure, Culprit: CulpritClient, Confidence: Sure,
		Sentence: "What came first from the client is not TLS, and the server waits for TLS.",
		Cause:    "a client for another protocol on the wrong port, a scanner, or a health check that sends text",
		Proof:    []Proof{{Frame: s.c.Foreign.Frame, Field: "the client's first bytes", Value: s.firstBytes()}},
		Remedies: []Remedy{{Where: "the client", Setting: "check its address and port; a health check should only connect, or speak TLS", Safe: true}},
	}
	if s.c.Protocol == trace.ProtocolHTTP {
		f.ID = "not-tls-http"
		f.Sentence = "The client spoke HTTP without TLS to a server that waits for TLS."
		f.Cause = "http:// where https:// belongs, or a proxy before the server that has already ended TLS"
		f.Remedies = []Remedy{{Where: "the client", Setting: "https:// in the address, or TLS in the setting of the proxy for its backend", Safe: true}}
	}
	switch {
	case a != nil:
		f.Frames, f.At = s.foreignFrames(a.moment), a.At
		f.Proof = append(f.Proof, alertProof(*a))
	case s.unheard():
		e := s.ends[trace.Server]
		f.Confidence, f.Frames, f.At = Possible, s.foreignFrames(e.moment), e.At
		f.Sentence = strings.TrimSuffix(f.Sentence, ".") + ", as it seems: the server ended the connection without a word."
		f.Proof = append(f.Proof, Proof{Frame: e.Place.Frame, At: e.At, Field: "answer", Value: "none: the server ended the connection without a byte"})
	}
	return []Finding{f}
}

// foreign reports whether something else than TLS was said. Of that there are no
// events, so that nothing is known of when it was.
func (s *story) foreign() bool {
	return s.c.Protocol != "" && s.c.Protocol != trace.ProtocolTLS && s.c.Protocol != trace.ProtocolSilent
}

// firstBytes says what a client's first bytes look like.
func (s *story) firstBytes() string {
	if s.c.Protocol == trace.ProtocolUnknown {
		return "of no protocol that is known here"
	}
	return "of protocol " + wire.Printable(string(s.c.Protocol))
}

// foreignFrames are those of the client's first bytes and of what they came to.
func (s *story) foreignFrames(end moment) []int {
	list := frames(end)
	if first := s.c.Foreign.Frame; first != 0 {
		list = append([]int{first}, list...)
	}
	return list
}

// unheard reports whether the server ended the connection without having said
// anything, and before the client did.
func (s *story) unheard() bool {
	e, ok := s.ends[trace.Server]
	client, both := s.ends[trace.Client]
	return ok && e.How != trace.EndOfCapture && e.Place.Offset == 0 && e.Place.Frame != 0 && s.begins() && !(both && e.after(client.moment))
}

func (s *story) serverAlert() *alert {
	for i, a := range s.alerts {
		if a.From == trace.Server {
			return &s.alerts[i]
		}
	}
	return nil
}
