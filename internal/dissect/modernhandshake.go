package dissect

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// modern is what a handshake of TLS 1.3 has beside the others'.
type modern struct {
	suite    modernSuite
	known    bool      // the suite is one that can be opened
	log      *logged   // what the key logs say; nil: nothing
	hash     hash.Hash // of the transcript; nil: not known yet
	sealed   [3]bool   // by side: a sealed record came
	early    bool      // early data came, which is passed over
	protocol string    // ALPN, which EncryptedExtensions tells
}

// modernKeys brings the keys of the handshake into use, behind ServerHello.
func (d *Dissector) modernKeys(place trace.Place) {
	h := d.handshake
	d.keyed = true
	h.group = keyShare(h.server)
	h.modern.log, _ = d.keys.secrets(h.hello0().Random)
	for i := range d.flows {
		f := &d.flows[i]
		f.forgotten = nil
		label := labelServerHandshake
		if d.side(f) == trace.Client {
			label = labelClientHandshake
		}
		d.modernProtect(f, h, label, place)
	}
}

// hello0 is the hello, or an empty one where it was not seen.
func (h *handshake) hello0() *wire.ClientHello {
	if h.hello == nil {
		return &wire.ClientHello{}
	}
	return h.hello
}

// modernProtect puts a side under the keys of a secret in the key log.
func (d *Dissector) modernProtect(f *flow, h *handshake, label string, place trace.Place) {
	detail := trace.KeysDetail{Version: wire.VersionTLS13, SuiteID: h.suiteID()}
	detail.Locked = d.whyModernLocked(h, label)
	f.protection = locked(detail.Locked)
	if detail.Locked == "" {
		if o := newModernOpener(h.modern.suite, h.modern.log.traffic[label]); o != nil {
			f.protection = protection{opener: o, unproved: true, keys: d.tapModernKeys(f, h, label)}
			detail.Opened = h.modern.log.from
		} else {
			detail.Locked = "the secret in the key log is not of this connection's suite"
			f.protection = locked(detail.Locked)
		}
	}
	d.emit(trace.Event{Name: trace.Keys, From: d.side(f), Place: place, Detail: detail})
}

func (d *Dissector) whyModernLocked(h *handshake, label string) string {
	switch {
	case !h.modern.known:
		return fmt.Sprintf("%v cannot be opened yet", h.suiteID())
	case h.modern.log != nil && !h.modern.log.traffic[label].IsZero():
		return ""
	case h.modern.log != nil:
		return "the key log has no line " + label + " for this connection"
	case d.keys.hasLogs():
		return "the key logs given have no line for this connection"
	case d.keys.hasKeys():
		return "an RSA key opens nothing in TLS 1.3, whose keys are made of numbers that nobody keeps; a key log can"
	}
	return "no key was given"
}

// modernProgress takes a message of a handshake of TLS 1.3 that is no hello.
func (d *Dissector) modernProgress(f *flow, h *handshake, m joined) {
	if h.finished[d.side(f)] {
		d.afterModern(f, m) // a server need not wait for the client's part
		return
	}
	switch m.Type() {
	case wire.MessageEncryptedExtensions:
		h.modern.protocol = protocolIn(m.Message)
	case wire.MessageCertificate:
		if d.side(f) == trace.Client {
			chain := d.keys.chain(m.Message, parseModernCertificate)
			h.clientCert = len(chain.parsed.Chain) > 0
		}
	case wire.MessageFinished:
		d.modernFinished(f, h, m)
		return
	}
	h.write(m.Message)
}

// modernFinished ends a side's part, whose data is under other keys.
func (d *Dissector) modernFinished(f *flow, h *handshake, m joined) {
	side := d.side(f)
	label := labelServerTraffic
	if side == trace.Client {
		label = labelClientTraffic
	}
	h.finished[side] = true
	h.write(m.Message)
	d.modernProtect(f, h, label, m.place)
	d.done(h, m.place)
}

// modernFault holds a Finished against the transcript (RFC 8446, section 4.4.4).
func (d *Dissector) modernFault(f *flow, h *handshake, m joined) string {
	label := labelServerHandshake
	if d.side(f) == trace.Client {
		label = labelClientHandshake
	}
	if h.broken || h.modern.early && d.side(f) == trace.Client || h.modern.hash == nil || h.modern.log == nil || h.modern.log.traffic[label].IsZero() {
		return ""
	}
	want := finishedOf(h.modern.suite.hash, h.modern.log.traffic[label], h.modern.hash.Sum(nil))
	if subtle.ConstantTimeCompare(want, m.Body()) != 1 {
		h.disorder = true
		return "its verify_data is not that of this handshake"
	}
	h.verified[d.side(f)] = true
	return ""
}

// afterModern takes a message on an open connection of TLS 1.3.
func (d *Dissector) afterModern(f *flow, m joined) {
	o, ok := f.protection.opener.(*modernOpener)
	if m.Type() != wire.MessageKeyUpdate || !ok {
		return
	}
	f.protection.opener = newModernOpener(o.suite, nextTraffic(o.suite.hash, o.secret))
	if before := f.protection.keys; before != nil {
		next := *before
		next.Before = before
		f.protection.keys = &next
	}
	d.emit(trace.Event{Name: trace.Keys, From: d.side(f), Place: m.place, Detail: trace.KeysDetail{
		Version: wire.VersionTLS13, SuiteID: o.suite.id, Opened: "the key log, by KeyUpdate",
	}})
}

// parseModern adds to a message's detail what may be shown of it.
func (d *Dissector) parseModern(m joined, detail *trace.MessageDetail) {
	switch m.Type() {
	case wire.MessageCertificate:
		chain := d.keys.chain(m.Message, parseModernCertificate)
		detail.Parsed, detail.Raw, detail.Fault = chain.parsed, chain.raw, faultText(chain.err)
	case wire.MessageNewSessionTicket:
		detail.Parsed = parseModernTicket(m.Message)
	case wire.MessageEncryptedExtensions, wire.MessageCertificateRequest:
		detail.Raw = append(wire.Message(nil), m.Message...)
	}
}

// parseModernCertificate reads a Certificate of TLS 1.3, whose certificates have
// extensions (RFC 8446, section 4.4.2).
func parseModernCertificate(m wire.Message) (*wire.Certificate, error) {
	out := &wire.Certificate{}
	b := m.Body()
	if len(b) == 0 || len(b) < 1+int(b[0])+3 {
		return out, &wire.ParseError{Message: "Certificate", Field: "certificate_list", Offset: wire.MessageHeaderLen, Need: 4, Have: len(b)}
	}
	for b = b[1+int(b[0])+3:]; len(b) > 3; {
		n := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
		if len(b) < 3+n+2 {
			return out, &wire.ParseError{Message: "Certificate", Field: "cert_data", Offset: len(m) - len(b), Need: 3 + n + 2, Have: len(b)}
		}
		out.Chain = append(out.Chain, b[3:3+n:3+n])
		b = b[3+n:]
		b = b[min(len(b), 2+int(binary.BigEndian.Uint16(b))):]
	}
	return out, nil
}

// parseModernTicket reads lifetime and length of a ticket of TLS 1.3 (RFC 8446,
// section 4.6.1).
func parseModernTicket(m wire.Message) *wire.NewSessionTicket {
	b := m.Body()
	if len(b) < 9 || len(b) < 9+int(b[8])+2 {
		return &wire.NewSessionTicket{}
	}
	n := int(binary.BigEndian.Uint16(b[9+int(b[8]):]))
	return &wire.NewSessionTicket{LifetimeHint: binary.BigEndian.Uint32(b), Ticket: make([]byte, min(n, len(b)))}
}

// protocolIn gives the ALPN that EncryptedExtensions chooses: its body is read as
// the extensions of a ServerHello, which have the same form.
func protocolIn(m wire.Message) string {
	if len(m.Body()) < 2 {
		return ""
	}
	around := wire.ServerHello{Version: wire.VersionTLS12}
	body := append([]byte(around.Marshal().Body()), m.Body()...)
	hello, err := wire.ParseServerHello(wire.NewMessage(wire.MessageServerHello, body))
	if err != nil {
		return ""
	}
	name, _ := hello.ALPN()
	return name
}

// keyShare is the group that a ServerHello of TLS 1.3 chooses.
func keyShare(hello *wire.ServerHello) wire.Group {
	data, _ := hello.Extension(wire.ExtensionKeyShare)
	if len(data) < 2 {
		return 0
	}
	return wire.Group(binary.BigEndian.Uint16(data))
}

// concludedModern tells from sealed records that a handshake is done: the client
// says nothing between its hello and its last flight, and that ends with
// Finished.
func (d *Dissector) concludedModern(f *flow, place trace.Place) {
	h := d.handshake
	if h == nil || h.server == nil {
		return
	}
	side := d.side(f)
	h.modern.sealed[side] = true
	if side == trace.Client && h.modern.sealed[trace.Server] && f.protection.opener == nil {
		h.finished[trace.Client], h.finished[trace.Server] = true, true
		d.done(h, place)
	}
}

// begin learns the suite of a handshake of TLS 1.3, and with it the transcript's
// hash. Where a HelloRetryRequest comes first, the first hello's hash stands in
// its place (RFC 8446, section 4.4.1).
func (h *handshake) begin(hello *wire.ServerHello, retries bool) {
	h.modern.suite, h.modern.known = modernSuites[hello.CipherSuite]
	if !h.modern.known || h.hello == nil {
		return
	}
	if h.modern.hash == nil {
		h.modern.hash = h.modern.suite.hash.New()
		h.modern.hash.Write(h.hello.Raw)
		if retries {
			sum := h.modern.hash.Sum(nil)
			h.modern.hash.Reset()
			h.modern.hash.Write(append([]byte{byte(wire.MessageMessageHash), 0, 0, byte(len(sum))}, sum...))
		}
	}
	h.modern.hash.Write(hello.Raw)
}

// passesEarly reports whether a record that does not open is early data: the
// client sent it before it knew the handshake's keys (RFC 8446, section 2.3).
func (d *Dissector) passesEarly(f *flow) bool {
	h := d.handshake
	if h == nil || h.version != wire.VersionTLS13 || h.hello == nil || d.side(f) != trace.Client || !f.protection.unproved {
		return false
	}
	_, offered := h.hello.Extension(wire.ExtensionEarlyData)
	h.modern.early = h.modern.early || offered
	return offered
}
