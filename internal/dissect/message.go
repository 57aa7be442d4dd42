package dissect

import (
	"crypto/sha256"
	"strings"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// message takes a whole handshake message.
func (d *Dissector) message(f *flow, m joined) {
	switch m.Type() {
	case wire.MessageClientHello:
		hello, err := wire.ParseClientHello(m.Message)
		d.clientHello(f, m, hello, faultText(err))
	case wire.MessageHelloRequest:
		d.helloRequest(f, m)
	case wire.MessageServerHello:
		d.serverHello(f, m)
	default:
		d.otherMessage(f, m)
	}
}

// helloRequest is no part of a handshake (RFC 5246, section 7.4.1.1).
func (d *Dissector) helloRequest(f *flow, m joined) {
	d.tell(f, trace.Server)
	d.asked = true
	d.emit(trace.Event{Name: trace.HelloRequest, From: d.side(f), Finding: "reneg-server-asked", Place: m.place})
}

// otherMessage takes a message that is no hello.
func (d *Dissector) otherMessage(f *flow, m joined) {
	detail := trace.MessageDetail{Type: m.Type(), Length: len(m.Message)}
	d.tellBy(f, m.Type())
	d.parse(f, m, &detail)
	d.limit(&detail)
	h := d.handshake
	if h != nil && m.Type() == wire.MessageFinished {
		detail.Fault = d.finishedFault(f, m)
	}
	d.emit(trace.Event{Name: trace.Message, From: d.side(f), Place: m.place, Detail: detail})
	switch {
	case d.version == wire.VersionTLS13 && h != nil:
		d.modernProgress(f, h, m)
	case d.version == wire.VersionTLS13:
		d.afterModern(f, m)
	case h != nil:
		d.progress(f, h, m)
	}
}

// tellBy tells the sides by messages that one of them alone sends.
func (d *Dissector) tellBy(f *flow, t wire.MessageType) {
	switch t {
	case wire.MessageServerKeyExchange, wire.MessageCertificateRequest, wire.MessageServerHelloDone,
		wire.MessageCertificateStatus, wire.MessageNewSessionTicket, wire.MessageEncryptedExtensions:
		d.tell(f, trace.Server)
	case wire.MessageClientKeyExchange:
		d.tell(f, trace.Client)
	}
}

// parse adds to a message's detail what may be shown of it.
func (d *Dissector) parse(f *flow, m joined, detail *trace.MessageDetail) {
	if d.version == wire.VersionTLS13 {
		d.parseModern(m, detail)
		return
	}
	var err error
	switch m.Type() {
	case wire.MessageCertificate:
		chain := d.keys.chain(m.Message, wire.ParseCertificate)
		detail.Parsed, detail.Raw, err = chain.parsed, chain.raw, chain.err
	case wire.MessageServerKeyExchange:
		detail.Raw = append(wire.Message(nil), m.Message...)
		if d.exchanges("ECDHE") {
			detail.Parsed, err = asParsed(wire.ParseServerKeyExchange(detail.Raw, d.version))
		}
	case wire.MessageCertificateRequest:
		detail.Raw = append(wire.Message(nil), m.Message...)
		detail.Parsed, err = asParsed(wire.ParseCertificateRequest(detail.Raw, d.version))
	case wire.MessageNewSessionTicket:
		var t *wire.NewSessionTicket
		t, err = wire.ParseNewSessionTicket(m.Message)
		// Its length is told, and nothing else.
		detail.Parsed = &wire.NewSessionTicket{LifetimeHint: t.LifetimeHint, Ticket: make([]byte, len(t.Ticket))}
	case wire.MessageServerHelloDone:
		err = wire.ParseEmpty(m.Message, wire.MessageServerHelloDone)
	}
	detail.Fault = faultText(err)
}

// maxShown bounds what of a connection's messages is kept to be shown.
const maxShown = 256 << 10

// limit leaves out what is too much to be shown.
func (d *Dissector) limit(detail *trace.MessageDetail) {
	if d.shown += len(detail.Raw); d.shown <= maxShown {
		return
	}
	d.shown -= len(detail.Raw)
	if detail.Raw != nil {
		detail.Parsed, detail.Raw = nil, nil
		detail.Fault = strings.TrimPrefix(detail.Fault+"; it is not shown, since much of this connection already is", "; ")
	}
}

// exchanges reports whether the suite negotiated has this key exchange. Of suites
// that are none of ours their name says it.
func (d *Dissector) exchanges(how string) bool {
	return d.handshake != nil && d.handshake.server != nil && strings.Contains(d.handshake.server.CipherSuite.String(), "_"+how+"_")
}

func asParsed[T any](parsed *T, err error) (any, error) { return parsed, err }

func faultText(err error) string {
	if err == nil {
		return ""
	}
	return wire.Printable(err.Error())
}

func ticketHash(ticket []byte) [32]byte { return sha256.Sum256(ticket) }
