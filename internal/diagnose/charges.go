package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// charges answers "is it my fault?": what a server can have done to cause a
// failure, and whether this one did.
func charges(s *story, findings []Finding) []Charge {
	at := s.breakingPoint(findings)
	list := []Charge{
		s.chargeAsked(at), s.chargeCrossed(), s.chargeClosed(), s.chargeResumption(), s.chargeImpatience(),
	}
	if first := s.first(); first != nil && first.done == nil && first.certificate != nil && !first.wentOn() {
		list = append(list, s.chargeCertificate(first))
	}
	return list
}

// wentOn reports whether the client took the server's certificate: it sent its own
// part of the keys.
func (h *handshake) wentOn() bool {
	return slices.ContainsFunc(h.messages, func(m message) bool { return m.From == trace.Client && m.Type == wire.MessageClientKeyExchange })
}

// chargeCertificate is about a certificate that a handshake did not survive.
func (s *story) chargeCertificate(h *handshake) Charge {
	v := s.chainOf(h)
	c := Charge{What: "sent a certificate that clients refuse", Verdict: Unknown, Frames: frames(h.certificateAt)}
	switch {
	case !v.leaf:
		c.Why = "it cannot be read"
	case len(v.found) > 0:
		c.Verdict, c.Why = Did, v.found[0].words
	case v.link == linkGap:
		c.Verdict, c.Why = Did, "the issuer of one certificate in the chain is missing"
	case v.link == linkSelfSigned:
		c.Why = "it is self-signed: only clients that were given it take it"
	case v.link == linkAlone:
		c.Why = "it came without an intermediate certificate, and may need one"
	default:
		c.Verdict, c.Why = DidNot, "its dates, names, keys and signatures are in order, and the chain is whole up to where a root belongs"
	}
	return c
}

// breakingPoint is the event at which the first failure stands, else the last.
func (s *story) breakingPoint(findings []Finding) moment {
	for _, f := range findings {
		if f.Level != Failure || len(f.Frames) == 0 {
			continue
		}
		for i, e := range s.c.Events {
			if e.Place.Frame == f.Frames[0] {
				return moment{e, i + 1}
			}
		}
	}
	if n := len(s.c.Events); n > 0 {
		return moment{s.c.Events[n-1], n}
	}
	return moment{}
}

func (s *story) chargeAsked(at moment) Charge {
	c := Charge{What: "asked for a renegotiation (HelloRequest)", Verdict: Unknown}
	if i := slices.IndexFunc(s.asked, func(ask moment) bool { return !ask.after(at) }); i >= 0 {
		c.Verdict, c.Why, c.Frames = Did, "it sent a HelloRequest", frames(s.asked[i])
		return c
	}
	if why, ok := s.notAsked(at); ok {
		c.Verdict, c.Why = DidNot, why
		return c
	}
	c.Why = "bytes of the server's are missing, or sealed records could hold a HelloRequest"
	if i := slices.IndexFunc(s.strays, s.asks); i >= 0 {
		c.Why = fmt.Sprintf("a sealed handshake record in frame %d has the length of a HelloRequest", s.strays[i].Place.Frame)
		c.Frames = frames(s.strays[i].moment)
	}
	return c
}

func (s *story) chargeCrossed() Charge {
	c := Charge{What: "sent data across a second hello", Verdict: DidNot, Why: "no data of the server's came between a second hello and what followed"}
	hellos := s.secondHelloMoments()
	if len(hellos) == 0 {
		c.Why = "there was no second hello"
		return c
	}
	for _, hello := range hellos {
		next := s.stopAfter(hello).at
		if done := s.doneAfter(hello); done.n != 0 {
			next = done
		}
		if s.gapBetween(trace.Server, hello, next) {
			c.Verdict, c.Why = Unknown, "bytes of the server's are missing there"
		}
		if _, to := s.dataBetween(hello, next); to > 0 && next.n != 0 {
			return Charge{What: c.What, Verdict: Did, Why: byteCount(to) + " of data came from the server after the hello", Frames: frames(hello)}
		}
	}
	return c
}

// secondHelloMoments is when second hellos came, sealed ones too.
func (s *story) secondHelloMoments() []moment {
	var list []moment
	for _, h := range s.handshakes {
		if h.second != nil {
			list = append(list, h.secondAt)
		}
	}
	for _, h := range s.sealed {
		list = append(list, h.hello.moment)
	}
	return list
}

func (s *story) doneAfter(e moment) moment {
	for _, h := range s.handshakes {
		if h.done != nil && h.doneAt.after(e) {
			return h.doneAt
		}
	}
	for _, h := range s.sealed {
		if h.done() && h.doneAt.after(e) {
			return h.doneAt
		}
	}
	return moment{}
}

func (s *story) chargeClosed() Charge {
	c := Charge{What: "closed without close_notify", Verdict: Unknown, Why: "the capture does not show how the server's side ended"}
	e, ok := s.ends[trace.Server]
	client, clientEnded := s.ends[trace.Client]
	switch {
	case ok && (e.CloseNotify || s.alertedBy(trace.Server, e.moment)):
		c.Verdict, c.Why = DidNot, "it sent an alert before it closed"
	case !s.tlsBegan():
		c.Verdict, c.Why = DidNot, "TLS had not begun, and has nothing to close"
	case ok && s.fatalFrom(trace.Client, e.moment) != nil:
		a := s.fatalFrom(trace.Client, e.moment)
		c.Verdict, c.Why, c.Frames = DidNot, "the client had ended the connection with the fatal alert "+alertWords(a.Alert), frames(a.moment)
	case clientEnded && client.How != trace.EndOfCapture && (!ok || e.after(client.moment)):
		c.Verdict, c.Why, c.Frames = DidNot, "the client's side ended first", frames(client.moment)
	case ok && e.How == trace.EndOfCapture:
		c.Verdict, c.Why = DidNot, "it had not closed when the capture ended"
	case ok:
		c.Verdict, c.Why, c.Frames = Did, "its TCP stream ended and no alert came before", frames(e.moment)
	case s.c.Live && slices.ContainsFunc(s.alerts, func(a alert) bool { return a.From == trace.Server }):
		c.Verdict, c.Why = DidNot, "it sent an alert before it closed"
	case s.c.Live:
		c.Why = "this server's log says how it ended"
	}
	return c
}

// tlsBegan reports whether anything of TLS was said. Of a connection that is seen
// only from its middle, that is taken as given.
func (s *story) tlsBegan() bool {
	hello := s.first() != nil && s.first().helloAt.n != 0 && s.firstAnswer() == nil
	return hello || s.established() || !s.begins() || len(s.sealedAlerts) > 0
}

// fatalFrom gives a side's first fatal alert before e; nil: there is none. Whoever
// gets one closes at once, and has nothing left to say (RFC 5246, section 7.2.2).
func (s *story) fatalFrom(side trace.Side, e moment) *alert {
	for i, a := range s.fatals {
		if a.From == side && e.after(a.moment) {
			return &s.fatals[i]
		}
	}
	return nil
}

// alertedBy reports whether a side sent an alert, sealed or not, before e.
func (s *story) alertedBy(side trace.Side, e moment) bool {
	for _, a := range s.alerts {
		if a.From == side && e.after(a.moment) {
			return true
		}
	}
	for _, r := range s.sealedAlerts {
		if r.From == side && e.after(r.moment) {
			return true
		}
	}
	return false
}

func (s *story) chargeResumption() Charge {
	c := Charge{What: "refused to resume a session that the client offered", Verdict: Unknown, Why: "the first handshake was not seen"}
	first := s.first()
	switch {
	case !s.tlsBegan():
		c.Verdict, c.Why = DidNot, "TLS had not begun"
		return c
	case first == nil || first.hello == nil:
		return c
	}
	switch {
	case !offersSession(first.hello):
		c.Verdict, c.Why = DidNot, "the client offered none in its first hello"
	case first.done == nil:
		c.Why = "the first handshake was not seen to its end"
	case first.done.Resumed:
		c.Verdict, c.Why = DidNot, "it resumed the session"
	default:
		c.Verdict, c.Why, c.Frames = Did, "the client offered a session and a full handshake followed; the client lost time by it and nothing else", frames(first.helloAt)
	}
	return c
}

// patience is how long a server may be expected to wait for a client.
const patience = 10 * time.Second

func (s *story) chargeImpatience() Charge {
	c := Charge{What: "lost patience (a short time-out)", Verdict: DidNot, Why: "it did not end a connection that was silent"}
	e, ok := s.ends[trace.Server]
	if !ok || e.How == trace.EndOfCapture {
		return c
	}
	if client, both := s.ends[trace.Client]; both && e.after(client.moment) {
		c.Why = "the client's side ended first"
		return c
	}
	silent := s.silence(trace.Server)
	switch {
	case s.foreign() && e.At >= time.Second:
		c.Verdict, c.Why = Unknown, "what was said is not TLS, and was not followed"
	case silent >= patience:
		c.Verdict, c.Why, c.Frames = DidNot, fmt.Sprintf("it waited %s before it closed", silent.Round(time.Second)), frames(e.moment)
	case silent >= time.Second:
		c.Verdict, c.Why, c.Frames = Did, fmt.Sprintf("it closed after %s of silence", silent.Round(100*time.Millisecond)), frames(e.moment)
	}
	return c
}
