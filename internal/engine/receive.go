package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// maxIdle bounds the empty records and warning alerts that come in a row: each
// costs us work and moves nothing.
const maxIdle = 32

// maxConsumed bounds the records that a first ClientHello comes in: the longest
// hello, and headers for many small fragments of it.
const maxConsumed = 2 * record.DefaultMessageLimit

// Receive takes at most one record from the front of in, which it opens in
// place. It returns how many bytes it is done with and the application data
// among them, a part of in. With n zero and no error it needs more bytes, an
// answer (Question), or time (Wake). The error is a *wire.Fault, whose alert is
// in Output, a *PeerAlert, io.EOF after close_notify, or ErrSplit; all but
// ErrSplit are final.
func (c *Conn) Receive(now time.Duration, in []byte) (n int, data []byte, err error) {
	c.now = now
	switch {
	case c.splitWaiting:
		c.splitWaiting = false
		return 0, nil, ErrSplit
	case c.ended != nil:
		return len(in), nil, c.ended
	case c.phase == PhaseHandedOver || c.paused() || len(in) == 0:
		return 0, nil, nil
	}
	switch f, more := c.sniff(in); {
	case f != nil:
		return len(in), nil, c.fail(f)
	case more:
		return 0, nil, nil
	}
	if in[0] == byte(wire.TypeHandshake) {
		c.helloAhead()
	}
	h, rec, ok, err := record.Next(in)
	if len(in) >= wire.RecordHeaderLen && err == nil {
		// What its header condemns is not waited for: it may never be whole.
		err = c.checkHeader(h)
	}
	if err != nil {
		return len(in), nil, c.fail(asFault(err))
	}
	if !ok {
		return 0, nil, nil
	}
	data, err = c.record(h, rec, len(in) > len(rec))
	if err == nil && c.splitWaiting {
		c.splitWaiting, err = false, ErrSplit
	}
	return len(rec), data, err
}

// paused reports whether reading waits for an answer or for points.
func (c *Conn) paused() bool {
	_, waits := c.rationed()
	return waits || c.Question() != nil
}

// helloAhead holds data from the first byte of what can only be a second hello.
func (c *Conn) helloAhead() {
	if c.phase == PhaseOpen || c.phase == PhaseAsked {
		c.phase, c.begun = PhaseRenegotiating, c.now
		c.emit(trace.Event{Name: trace.Held, From: trace.Server})
	}
}

// mayBeginHello reports whether a ClientHello may come now.
func (c *Conn) mayBeginHello() bool {
	switch c.phase {
	case PhaseOpening:
		return c.handshake.AwaitsHello()
	case PhaseRenegotiating:
		return c.handshake == nil
	}
	return false
}

// record opens a record and gives its content to whom it concerns. behind says
// that more bytes follow it.
func (c *Conn) record(h wire.RecordHeader, rec []byte, behind bool) ([]byte, error) {
	if c.phase == PhaseOpening && c.handshake.AwaitsHello() {
		if c.consumed = append(c.consumed, rec...); len(c.consumed) > maxConsumed {
			return nil, c.fail(&wire.Fault{Alert: wire.AlertUnexpectedMessage, Finding: "hello-size", Reason: fmt.Sprintf("%d bytes of records and no whole ClientHello", len(c.consumed))})
		}
	}
	clear, complaint := c.helloInClear(h, rec, behind), c.alertInClear(h, rec)
	content, err := c.opener.Open(rec)
	if err != nil {
		if clear != nil {
			return nil, c.restart(clear, h.Version)
		}
		f := asFault(err)
		if f.Alert == wire.AlertBadRecordMAC {
			f.Finding = "record-mac"
		}
		if complaint != "" {
			f.Finding, f.Reason = "alert-in-clear", complaint
		}
		return nil, c.fail(f)
	}
	switch {
	case h.Type == wire.TypeApplicationData:
		return c.data(content)
	case len(content) == 0:
		// RFC 5246, section 6.2.1 allows no empty fragments but of data.
		return nil, c.unexpected("an empty record of type " + h.Type.String())
	}
	switch h.Type {
	case wire.TypeHandshake:
		return nil, c.fragment(h.Version, content, behind)
	case wire.TypeAlert:
		return nil, c.peerAlert(content)
	default:
		return nil, c.changeCipherSpec(content)
	}
}

// checkHeader holds a header to the version negotiated. Where a ClientHello may
// come it is tolerated: OpenSSL 1.0.1d to 1.0.2 stamps a second one 0x0301
// whatever the connection speaks. Alerts in clear explain themselves better than
// we could.
func (c *Conn) checkHeader(h wire.RecordHeader) error {
	switch {
	case h.Type < wire.TypeChangeCipherSpec || h.Type > wire.TypeApplicationData:
		return &wire.Fault{Alert: wire.AlertUnexpectedMessage, Finding: "record-unknown-type", Reason: fmt.Sprintf("a record of type %d", uint8(h.Type))}
	case c.version != 0 && h.Version == c.version:
		return nil
	case c.version == 0 && h.Type != wire.TypeHandshake && h.Type != wire.TypeAlert:
		return &wire.Fault{Alert: wire.AlertUnexpectedMessage, Reason: "a record of type " + h.Type.String() + " before a ClientHello"}
	case c.version == 0 && h.Type == wire.TypeHandshake && h.Version>>8 == 3:
		return nil // RFC 5246, appendix E.1: any {03,XX} on a first ClientHello
	case h.Version < wire.VersionSSL30 || h.Version > wire.VersionTLS12:
	case h.Type == wire.TypeHandshake && c.mayBeginHello():
		return nil
	case h.Type == wire.TypeAlert && !c.opened:
		return nil
	}
	speaks := "speaks " + c.version.String()
	if c.version == 0 {
		speaks = "has no version yet"
	}
	return &wire.Fault{
		Alert: wire.AlertProtocolVersion, Finding: "record-version",
		Reason: fmt.Sprintf("the header of a record of type %s says %s on a connection that %s", h.Type, h.Version, speaks),
	}
}

// helloInClear copies a record that looks like a hello of a client that forgot
// its keys: whole, alone, nothing begun before or come behind it. Opening in
// place will destroy the bytes, so this is asked before, of public bytes only.
func (c *Conn) helloInClear(h wire.RecordHeader, rec []byte, behind bool) *wire.ClientHello {
	if !c.opened || h.Type != wire.TypeHandshake || !c.mayBeginHello() || behind || c.joiner.Pending() > 0 {
		return nil
	}
	m := wire.Message(rec[wire.RecordHeaderLen:])
	if len(m) < wire.MessageHeaderLen || m.Type() != wire.MessageClientHello {
		return nil
	}
	hello, err := wire.ParseClientHello(bytes.Clone(m))
	if err != nil {
		return nil
	}
	return hello
}

// alertInClear tells what a client complained of that lost its keys: two bytes of
// alert where there must be protection, for which two bytes have no room. It
// proves nothing, and is answered as any record that does not open.
func (c *Conn) alertInClear(h wire.RecordHeader, rec []byte) string {
	if !c.opened || h.Type != wire.TypeAlert || h.Length != 2 {
		return ""
	}
	level, a := wire.AlertLevel(rec[wire.RecordHeaderLen]), wire.Alert(rec[wire.RecordHeaderLen+1])
	if level != wire.LevelWarning && level != wire.LevelFatal {
		return ""
	}
	return "the client sent the alert " + a.String() + " in clear on a connection that has keys"
}

// idled counts what moves nothing.
func (c *Conn) idled() error {
	if c.idle++; c.idle > maxIdle {
		return c.fail(&wire.Fault{Alert: wire.AlertUnexpectedMessage, Reason: fmt.Sprintf("more than %d empty records and warnings in a row", maxIdle)})
	}
	return nil
}

// data delivers application data where the phase lets it flow.
func (c *Conn) data(content []byte) ([]byte, error) {
	switch {
	case c.phase == PhaseOpening || c.phase == PhaseSplitting:
		return nil, c.unexpected("application data before the handshake is done")
	case c.handshake != nil && c.handshake.AwaitsFinished():
		// Under the new keys nothing is proved yet.
		return nil, c.unexpected("application data between ChangeCipherSpec and Finished")
	}
	if len(content) == 0 {
		return nil, c.idled()
	}
	c.idle = 0
	c.fromClient += int64(len(content))
	if c.phase == PhaseRenegotiating {
		c.crossed.FromClient += int64(len(content))
	}
	c.refusedAt = 0 // the client goes on as it was
	if c.phase == PhaseAsked && c.fromClient-c.askedFrom > maxAskedData {
		c.giveUpAsking()
	}
	return content, nil
}

func (c *Conn) unexpected(what string) error {
	return c.fail(&wire.Fault{Alert: wire.AlertUnexpectedMessage, Reason: what})
}

// fragment joins handshake bytes and takes the messages that become whole.
func (c *Conn) fragment(header wire.Version, content []byte, behind bool) error {
	c.idle = 0
	if err := c.joiner.Add(content); err != nil {
		f := asFault(err)
		if c.mayBeginHello() {
			f.Finding = "hello-size"
		}
		return c.fail(f)
	}
	return c.messages(header, behind)
}

// messages takes whole messages until one asks a question.
func (c *Conn) messages(header wire.Version, behind bool) error {
	for c.ended == nil && !c.paused() {
		m, ok := c.joiner.Next()
		if !ok {
			return nil
		}
		if err := c.message(m, header, behind); err != nil {
			return err
		}
	}
	return c.ended
}

func (c *Conn) message(m wire.Message, header wire.Version, behind bool) error {
	if m.Type() == wire.MessageClientHello && c.mayBeginHello() {
		hello, err := wire.ParseClientHello(m)
		if err != nil {
			return c.fail(&wire.Fault{Alert: wire.AlertDecodeError, Finding: "hello-malformed", Reason: err.Error()})
		}
		if c.phase == PhaseRenegotiating {
			return c.secondHello(hello, true, header, behind || c.joiner.Pending() > 0)
		}
		return c.firstHello(hello)
	}
	c.tell(m)
	if c.handshake != nil && c.handshake.AwaitsFinished() && !c.alone() {
		return c.unexpected("bytes behind Finished in its record")
	}
	if c.handshake == nil {
		return c.unexpected(fmt.Sprintf("the message %s on an open connection", m.Type()))
	}
	return c.step(c.handshake.Message(m))
}

// alone reports whether nothing came behind the message that was taken last, in
// its record. Where something did, the connection must end: it may be lost.
func (c *Conn) alone() bool {
	_, more := c.joiner.Next()
	return !more && c.joiner.Pending() == 0
}

// tell tells a message that is not a hello.
func (c *Conn) tell(m wire.Message) {
	c.emit(trace.Event{Name: trace.Message, From: trace.Client, Detail: trace.MessageDetail{Type: m.Type(), Length: len(m)}})
}

func (c *Conn) firstHello(hello *wire.ClientHello) error {
	hello = hello.Clone()
	c.first = hello
	c.emit(trace.Event{Name: trace.HandshakeBegun, From: trace.Client})
	c.tellHello(hello)
	return c.step(c.handshake.Hello(hello))
}

func (c *Conn) tellHello(hello *wire.ClientHello) {
	c.emit(trace.Event{Name: trace.Message, From: trace.Client, Detail: trace.MessageDetail{
		Type: wire.MessageClientHello, Length: len(hello.Raw), Hello: hello,
	}})
}

// peerAlert takes an alert of the client's.
func (c *Conn) peerAlert(content []byte) error {
	if len(content) != 2 {
		return c.fail(&wire.Fault{Alert: wire.AlertDecodeError, Reason: fmt.Sprintf("an alert of %d bytes", len(content))})
	}
	level, a := wire.AlertLevel(content[0]), wire.Alert(content[1])
	c.emit(trace.Event{Name: trace.AlertEvent, From: trace.Client, Detail: trace.AlertDetail{Level: level, Alert: a}})
	switch {
	case level != wire.LevelWarning && a != wire.AlertCloseNotify:
		e := &PeerAlert{Alert: a, Finding: c.alertFinding(a)}
		return c.end(e, trace.FailureDetail{Finding: e.Finding, Reason: e.Error()})
	case c.handshake != nil && c.handshake.AwaitsFinished():
		// Nor may a close_notify that nobody has proved end a stream cleanly.
		return c.unexpected("the alert " + a.String() + " between ChangeCipherSpec and Finished")
	case a == wire.AlertCloseNotify:
		return c.closeNotify()
	case a == wire.AlertNoRenegotiation && c.phase == PhaseAsked:
		c.giveUpAsking()
	}
	return c.idled()
}

// closeNotify ends reading cleanly. In mid-handshake it ends writing too: what
// the client would get is under keys that nobody has proved.
func (c *Conn) closeNotify() error {
	c.ended = io.EOF
	if c.phase == PhaseOpen || c.phase == PhaseAsked {
		c.phase = PhaseOpen
		c.emit(trace.Event{Name: trace.Closed, From: trace.Client, Detail: trace.FailureDetail{}})
		return io.EOF
	}
	if c.phase == PhaseOpening || c.phase == PhaseSplitting {
		return c.end(io.EOF, trace.FailureDetail{Finding: "handshake-abandoned", Reason: "the client closed before the handshake was done"})
	}
	return c.end(io.EOF, trace.FailureDetail{Reason: "the client closed during its renegotiation"})
}

// alertFinding names what a client's fatal alert is about.
func (c *Conn) alertFinding(a wire.Alert) string {
	if a == wire.AlertUnexpectedMessage && c.phase == PhaseRenegotiating && c.toClient > 0 {
		return "reneg-data-crossed"
	}
	return AlertFinding(a)
}

// AlertFinding names what a client's fatal alert is about, where the alert alone
// says it; else it is empty.
func AlertFinding(a wire.Alert) string {
	switch a {
	case wire.AlertUnknownCA:
		return "cert-unknown-ca"
	case wire.AlertCertificateExpired:
		return "cert-expired"
	case wire.AlertBadCertificate, wire.AlertCertificateUnknown, wire.AlertCertificateRevoked, wire.AlertUnsupportedCertificate, wire.AlertAccessDenied:
		return "cert-refused"
	case wire.AlertProtocolVersion:
		return "version-none-shared"
	}
	return ""
}

// changeCipherSpec brings the client's new keys into use.
func (c *Conn) changeCipherSpec(content []byte) error {
	switch {
	case !bytes.Equal(content, []byte{1}):
		return c.unexpected("a ChangeCipherSpec that is not the byte 1")
	case c.handshake == nil:
		return c.unexpected("a ChangeCipherSpec without a handshake")
	case c.joiner.Pending() > 0:
		// RFC 5246 says it by ordering: no message may span two epochs.
		return c.unexpected("a ChangeCipherSpec in the middle of a handshake message")
	}
	if err := c.handshake.ChangeCipherSpec(); err != nil {
		return c.fail(asFault(err))
	}
	v, s, block := c.handshake.Keys()
	opener, err := record.NewOpener(v, s, block.ClientMAC, block.ClientKey, block.ClientIV)
	if err != nil {
		return c.fail(asFault(err))
	}
	c.opener, c.opened = opener, true
	c.emit(trace.Event{Name: trace.Keys, From: trace.Client, Detail: trace.KeysDetail{Version: v, Suite: s, SuiteID: s.ID}})
	return nil
}

// End tells that the TCP stream ended, and gives the error that a Read has.
func (c *Conn) End(now time.Duration) error {
	c.now = now
	if c.ended != nil {
		return c.ended
	}
	why := trace.FailureDetail{Finding: "truncated", Reason: "the TCP connection ended without close_notify"}
	if !c.complete {
		why = trace.FailureDetail{Finding: "handshake-abandoned", Reason: "the TCP connection ended before the handshake was done"}
	}
	return c.end(&EndError{FailureDetail: why}, why)
}

// An EndError is a TCP stream that ended too early; errors.Is finds
// io.ErrUnexpectedEOF in it.
type EndError struct{ trace.FailureDetail }

// Error says what ended.
func (e *EndError) Error() string { return e.Reason }

// Unwrap gives io.ErrUnexpectedEOF.
func (e *EndError) Unwrap() error { return io.ErrUnexpectedEOF }

// methods are what HTTP's requests begin with.
var methods = []string{"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "DELETE ", "CONNECT ", "PATCH ", "TRACE "}

// sniff names what is not TLS before a record is made of it; more says that it
// cannot be told yet.
func (c *Conn) sniff(in []byte) (f *wire.Fault, more bool) {
	if c.phase != PhaseOpening || c.first != nil || len(c.consumed) > 0 || beginsRecord(in) {
		return nil, false
	}
	if len(in) >= 3 && in[0]&0x80 != 0 && in[2] == byte(wire.MessageClientHello) {
		return &wire.Fault{Alert: wire.AlertProtocolVersion, Finding: "hello-ssl2", Reason: "the client begins with a hello of SSL 2.0's format"}, false
	}
	for _, m := range methods {
		n := min(len(m), len(in))
		switch {
		case string(in[:n]) != m[:n]:
		case n == len(m):
			return &wire.Fault{Alert: wire.AlertUnexpectedMessage, Finding: "not-tls-http", Reason: "the client speaks HTTP without TLS"}, false
		default:
			return nil, true
		}
	}
	if len(in) < wire.RecordHeaderLen {
		return nil, true
	}
	return &wire.Fault{Alert: wire.AlertUnexpectedMessage, Finding: "not-tls", Reason: fmt.Sprintf("the client does not speak TLS: it begins with the byte 0x%02x", in[0])}, false
}

// beginsRecord reports whether bytes can begin a record of SSL 3.0 or TLS.
func beginsRecord(in []byte) bool {
	switch wire.ContentType(in[0]) {
	case wire.TypeHandshake, wire.TypeAlert:
		return true
	case wire.TypeChangeCipherSpec, wire.TypeApplicationData:
		return len(in) < 2 || in[1] == 3
	}
	return false
}

func asFault(err error) *wire.Fault {
	var f *wire.Fault
	if errors.As(err, &f) {
		copied := *f
		return &copied
	}
	return &wire.Fault{Alert: wire.AlertInternalError, Reason: err.Error()}
}
