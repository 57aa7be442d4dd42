package diagnose

import (
	"bytes"
	"fmt"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// refusedAtLast reports whether a second hello was refused and the connection
// then ended without another byte of data: reneg-refused.
func refusedAtLast(s *story, h *handshake, what outcome) bool {
	if what != outcomeRefused || s.helloAfter(h).n != 0 {
		return false
	}
	from, to := s.dataBetween(h.secondAt, moment{})
	end := s.stopAfter(h.secondAt)
	return from+to == 0 && end.at.n != 0 && !end.closedWell(s)
}

// closedWell reports whether an orderly end followed: a close_notify.
func (p stop) closedWell(s *story) bool {
	for _, a := range s.alerts {
		if a.Alert == wire.AlertCloseNotify && !a.after(p.at) {
			return true
		}
	}
	return p.told != nil && p.told.Finding == ""
}

// refusedAndSilent finds clients that were refused and never spoke again, and
// those that asked again and again.
func refusedAndSilent(s *story) []Finding {
	var refused []*handshake
	var last *handshake
	for _, h := range s.handshakes {
		if h.second == nil {
			continue
		}
		last = h
		if what, _ := s.outcome(h); what == outcomeRefused {
			refused = append(refused, h)
		}
	}
	if len(refused) >= insists {
		if end := s.stopAfter(last.secondAt); end.at.n != 0 && !end.closedWell(s) {
			return []Finding{insisted(s, refused, end)}
		}
	}
	if last == nil || !refusedAtLast(s, last, outcomeRefused) || len(refused) == 0 || refused[len(refused)-1] != last {
		return nil
	}
	return []Finding{silent(s, last)}
}

// insists is how many refusals Parley gives before it ends a connection.
const insists = 3

func silent(s *story, h *handshake) Finding {
	end := s.stopAfter(h.secondAt)
	return Finding{
		ID: "reneg-refused", Level: Failure, Culprit: CulpritClient, Confidence: Likely,
		Sentence: fmt.Sprintf("The client's %s hello was refused with no_renegotiation, and the client did not go on: no data came or went, and %s.", h.second.Kind, end.words()),
		Cause:    "some clients, old OpenSSL among them, do not understand the warning and wait for a ServerHello for ever",
		Frames:   frames(h.secondAt, end.at), At: h.secondAt.At,
		Proof: []Proof{
			{Frame: h.secondAt.Place.Frame, At: h.secondAt.At, Field: "second ClientHello", Value: "a " + h.second.Kind.String() + " hello"},
			{Frame: end.at.Place.Frame, At: end.at.At, Field: "afterwards", Value: "no application data"},
		},
		Remedies: kinds[h.second.Kind].remedies(s, h, outcomeAborted),
	}
}

func insisted(s *story, refused []*handshake, end stop) Finding {
	f := Finding{
		ID: "reneg-insisted", Level: Failure, Culprit: CulpritClient, Confidence: Sure,
		Sentence: fmt.Sprintf("The client asked for a renegotiation again and again: it was refused %d times, and %s.", len(refused), end.words()),
		Cause:    "the client takes the refusal for something that passes",
		At:       refused[0].secondAt.At,
		Remedies: kinds[refused[0].second.Kind].remedies(s, refused[0], outcomeAborted),
	}
	for _, h := range refused[:min(len(refused), maxFrames)] {
		f.Frames = append(f.Frames, frames(h.secondAt)...)
		f.Proof = append(f.Proof, Proof{Frame: h.secondAt.Place.Frame, At: h.secondAt.At, Field: "second ClientHello", Value: "a " + h.second.Kind.String() + " hello, refused"})
	}
	return f
}

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
	id, _ := s.cipher()
	return Finding{
		ID: "reneg-server-asked", Level: Note, Culprit: CulpritNone, Confidence: Likely,
		Sentence: "The server asked the client for a renegotiation, by the length of a sealed handshake record that it sent before the client's.",
		Frames:   frames(r.moment), At: r.At,
		Proof:   []Proof{{Frame: r.Place.Frame, At: r.At, Field: "handshake record", Value: fmt.Sprintf("%d bytes from the server, which with %s are those of a HelloRequest", r.Length, id)}},
		Missing: []string{s.unseen()},
	}
}

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
			Sentence: fmt.Sprintf("Application data crossed a handshake inside the connection: %d bytes from the client, %d from the server.", d.FromClient, d.ToClient),
			Frames:   frames(e), At: e.At,
			Proof: []Proof{{Frame: e.Place.Frame, At: e.At, Field: "application data", Value: "between a second hello and the end of its handshake"}},
		})
	}
	return list
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

// identityChanged finds renegotiations with another client certificate.
func identityChanged(s *story) []Finding {
	var before *handshake
	var list []Finding
	for _, h := range s.handshakes {
		if h.clientCertificate == nil || len(h.clientCertificate.Chain) == 0 {
			continue
		}
		if before != nil && h.second != nil && !bytes.Equal(before.clientCertificate.Chain[0], h.clientCertificate.Chain[0]) {
			list = append(list, s.otherIdentity(before, h))
		}
		before = h
	}
	return list
}

func (s *story) otherIdentity(before, h *handshake) Finding {
	f := Finding{
		ID: "reneg-identity-changed", Level: Risk, Culprit: CulpritNone, Confidence: Sure,
		Sentence: "The client presented another certificate in a renegotiation than before, and the server took it.",
		Frames:   frames(h.clientCertAt, before.clientCertAt), At: h.clientCertAt.At,
		Proof:    []Proof{{Frame: h.clientCertAt.Place.Frame, At: h.clientCertAt.At, Field: "Certificate", Value: "differs from the client's certificate before"}},
		Remedies: []Remedy{{Where: "the client", Setting: "connect anew to use another certificate", Safe: true}},
	}
	if what, end := s.outcome(h); levels[what] == Failure {
		f.Level, f.Culprit = Failure, CulpritClient
		f.Sentence = "The client presented another certificate in a renegotiation than before, and " + end.words() + "."
	}
	return f
}

// versionChanged finds second hellos that do not offer the version in use.
func versionChanged(s *story) []Finding {
	var list []Finding
	for _, h := range s.handshakes {
		v := s.versionBefore(h)
		if h.second == nil || h.second.Kind == renego.KindRestart || h.hello == nil || v == 0 || h.hello.OffersVersion(v) {
			continue
		}
		what, end := s.outcome(h)
		if levels[what] != Failure {
			continue
		}
		list = append(list, Finding{
			ID: "reneg-version-changed", Level: Failure, Culprit: CulpritClient, Confidence: Sure,
			Sentence: fmt.Sprintf("The client's second hello wants another version than the connection's %s, and %s.", v, end.words()),
			Cause:    "the client falls back to an older version after an error, and keeps the connection",
			Frames:   frames(h.secondAt, end.at), At: h.secondAt.At,
			Proof:    []Proof{{Frame: h.secondAt.Place.Frame, At: h.secondAt.At, Field: "second ClientHello", Value: versionsWords(h.hello)}},
			Remedies: []Remedy{{Where: "the client", Setting: "open a new connection to change the version", Safe: true}},
		})
	}
	return list
}
