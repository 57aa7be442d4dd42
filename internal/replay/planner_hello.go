package replay

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// clientHandshake takes a record of the client's handshake: a hello, part of one,
// or what follows on it.
func (p *planner) clientHandshake(m moment) {
	message, event, _ := detail[trace.MessageDetail](m)
	switch {
	case message.Hello != nil:
		p.hello(m, message, event)
	case !m.Sealed && m.Offset < p.helloEnd:
		p.helloGoesOn(m)
	case m.Sealed && !p.under && p.first != nil && p.version != 0:
		p.sealedHello(m)
	case !p.under:
		p.stop("a handshake record of the client's holds no whole message (frame %d): from there on nothing is replayed", m.frame)
	case message.Type == wire.MessageFinished && (!p.changed[trace.Client] || message.Length != m.Content):
		p.stop("the Finished in frame %d comes without ChangeCipherSpec, or with another message: from there on nothing is replayed", m.frame)
	case p.changed[trace.Client]:
		p.finished[trace.Client] = true
		p.do(m, ActFinished).Wrong = message.Type == wire.MessageFinished && message.Fault != ""
		p.done()
	default:
		p.resumes = false
		p.do(m, ActKeyExchange)
	}
}

// helloGoesOn takes a later part of a hello, and what came between its parts.
func (p *planner) helloGoesOn(m moment) {
	i := len(p.plan.Steps) - 1
	for i >= 0 && p.plan.Steps[i].Act == ActData {
		i--
	}
	if i < 0 || p.plan.Steps[i].Act != ActHello {
		p.stop("more than data comes between the parts of the ClientHello in frame %d: from there on nothing is replayed", m.frame)
		return
	}
	shape := p.shape(m)
	s := &p.plan.Steps[i]
	if between := p.plan.Steps[i+1:]; len(between) > 0 {
		s.Hello.Begun, s.Hello.Between = len(s.Shapes), append(s.Hello.Between, between...)
		p.plan.Steps = p.plan.Steps[:i+1]
	}
	s.Shapes = append(s.Shapes, shape)
	p.open = &s.Shapes[len(s.Shapes)-1]
}

// begin begins a handshake.
func (p *planner) begin(m moment, h *HelloStep) {
	p.hellos++
	h.Number = p.hellos
	p.under, p.answered, p.resumes, p.asks = true, false, true, false
	p.changed, p.finished = [3]bool{}, [3]bool{}
	shape := p.shape(m)
	if h.Kind == 0 || h.Kind == renego.KindReset || h.Kind == renego.KindRestart {
		// Whoever takes a hello for its first stamps it so, whatever was negotiated.
		shape.Header = m.Header
	}
	p.add(Step{Act: ActHello, Frame: m.first().Frame, Hello: h, Shapes: []Shape{shape}})
	p.open = &p.plan.Steps[len(p.plan.Steps)-1].Shapes[0]
}

func (p *planner) hello(m moment, message trace.MessageDetail, e trace.Event) {
	p.before(m)
	h := &HelloStep{Like: message.Hello, Length: message.Length}
	p.helloEnd = e.Place.Offset + int64(e.Place.Length)
	second, _, isSecond := detail[trace.SecondHelloDetail](m)
	switch {
	case message.Fault != "":
		p.stop("the ClientHello in frame %d cannot be read to its end (%s), and is not replayed", m.frame, message.Fault)
		return
	case isSecond:
		h.Kind, h.Asked = second.Kind, second.Asked
		h.Offers = offered(second)
		h.Verify = refersToThis(second)
		if second.Kind == renego.KindRestart {
			p.restart, p.was, p.version = h, p.version, 0
		}
	case p.first == nil:
		p.first = message.Hello
		p.plan.Session = offersEarlier(message.Hello)
		if p.plan.Session {
			h.Offers = OfferStranger
		}
	default:
		p.stop("the ClientHello in frame %d comes in the middle of a handshake, or after a HelloRetryRequest: from there on nothing is replayed", m.frame)
		return
	}
	p.begin(m, h)
}

// offered says which session a second hello offers.
func offered(d trace.SecondHelloDetail) Offer {
	ticket, _ := d.Hello.SessionTicket()
	switch {
	case len(ticket) == 0 && len(d.Hello.SessionID) == 0:
		return OfferNone
	case d.Resumes || strings.HasPrefix(d.WhyNotResumed, "it does not "):
		return OfferInUse // only version, suite or extended_master_secret are against it
	}
	return OfferStranger
}

// refersToThis reports whether a hello's renegotiation_info is the verify_data of
// this connection, as far as the capture tells.
func refersToThis(d trace.SecondHelloDetail) bool {
	return slices.ContainsFunc(d.Proof, func(fact string) bool {
		return strings.HasPrefix(fact, "renegotiation_info equals") || strings.HasSuffix(fact, "lacks the means to check")
	})
}

// offersEarlier reports whether a first hello offers a session. The session id that
// a client of TLS 1.3 makes up is none (RFC 8446, section 4.1.2).
func offersEarlier(h *wire.ClientHello) bool {
	ticket, _ := h.SessionTicket()
	return len(ticket) > 0 || len(h.SessionID) > 0 && !h.OffersVersion(wire.VersionTLS13)
}

// sealedHello concludes which hello a record that no key opens holds.
func (p *planner) sealedHello(m moment) {
	if p.asks {
		p.add(Step{Act: ActAwaitRequest, Frame: m.first().Frame})
	}
	p.before(m)
	f, found := p.finding(m)
	kind := map[string]renego.Kind{"reneg-reset-hello": renego.KindReset, "reneg-secure-hello": renego.KindSecure}[f.ID]
	if !found || kind == 0 {
		p.stop("a handshake record of the client's is sealed (frame %d), and what it begins cannot be concluded. %s", m.frame, p.wanted())
		return
	}
	h := &HelloStep{Kind: kind, Like: p.first, Verify: kind == renego.KindSecure, Concluded: string(f.Confidence), Asked: p.asks}
	h.Offers = p.concludedOffer(m, kind)
	p.note("the hello in frame %d is sealed; that it is a %s hello is concluded (%s: %s). %s", m.frame, kind, f.ID, f.Confidence, p.wanted())
	p.begin(m, h)
}

// wanted says what a key would add.
func (p *planner) wanted() string {
	for _, f := range p.c.Diagnosis.Findings {
		for _, missing := range f.Missing {
			if strings.Contains(missing, "--key") {
				_, how, _ := strings.Cut(missing, ": ")
				return "To know it, " + how + "."
			}
		}
	}
	return "A key would tell (--key, --keylog)."
}

// finding is what the diagnosis says of a hello that it did not read.
func (p *planner) finding(m moment) (diagnose.Finding, bool) {
	for _, f := range p.c.Diagnosis.Findings {
		if (f.ID == "reneg-reset-hello" || f.ID == "reneg-secure-hello") && slices.Contains(f.Frames, m.first().Frame) {
			return f, true
		}
	}
	return diagnose.Finding{}, false
}

// concludedOffer says by the length of a sealed hello whether it offers the session
// in use.
func (p *planner) concludedOffer(m moment, kind renego.Kind) Offer {
	least, most, ok := diagnose.ContentLength(m.Length, p.suite, p.version)
	if !ok {
		return OfferInUse
	}
	bare := &HelloStep{Kind: kind, Like: p.first, Verify: kind == renego.KindSecure, Concluded: "by its length"}
	without := len(build(bare, make([]byte, verifyLen), nil).Raw)
	if least <= without && without <= most {
		return OfferNone
	}
	return OfferInUse
}

// verifyLen is how long verify_data is but for SSL 3.0.
const verifyLen = 12

// String says which hello it is.
func (h *HelloStep) String() string {
	if h.Kind == 0 {
		return "the first ClientHello"
	}
	return fmt.Sprintf("a %s ClientHello", h.Kind)
}
