package dissect

import (
	"bytes"
	"crypto/subtle"
	"slices"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/trace/veil"
	"github.com/parley-tls/parley/internal/wire"
)

// A handshake is one that is under way. What it comes to is established when it
// is done.
type handshake struct {
	number  int // as the event's Handshake; 0: a first one
	terms   renego.Terms
	answer  *answer // to the second hello that led to it; nil: it is a first one's
	begun   bool    // its beginning was told
	hello   *wire.ClientHello
	server  *wire.ServerHello // nil: not yet
	version wire.Version
	suite   *suite.Suite // by which it is opened; nil: it cannot be

	transcript  *keys.Transcript
	chosen      bool
	written     int    // bytes
	broken      bool   // part of it was not seen
	disorder    bool   // something came in it that must not
	sessionHash []byte // with Extended Master Secret, once the ClientKeyExchange came
	retried     bool   // a HelloRetryRequest asked for another hello

	chain       *chain // the server's certificates
	exchange    wire.Message
	clientCert  bool
	full        bool // the server went on as in a full handshake
	group       wire.Group
	tickets     [][32]byte // given in it
	keyed       [3]bool    // by side: ChangeCipherSpec came
	finished    [3]bool
	verified    [3]bool
	verifyData  [3][]byte
	resolved    bool
	master      keys.Secret
	opened, why string
	// badPremaster: what the client encrypted does not open with the server's key.
	badPremaster bool
	modern       modern // TLS 1.3
	follower     Follower
}

func newHandshake(number int, terms renego.Terms, hello *wire.ClientHello) *handshake {
	h := &handshake{number: number, terms: terms, hello: hello, transcript: keys.NewTranscript()}
	if hello != nil {
		h.transcript.Write(hello.Raw)
	} else {
		h.broken = true
	}
	return h
}

// maxTranscript bounds the messages that are kept until it is known what they are
// hashed with.
const maxTranscript = 2 * maxMessage

// write adds a message to the transcript.
func (h *handshake) write(m wire.Message) {
	h.wrote(m)
	if h.written += len(m); !h.chosen && h.written > maxTranscript {
		h.transcript, h.broken = nil, true
	}
	switch {
	case h.modern.hash != nil:
		h.modern.hash.Write(m)
	case h.transcript != nil:
		h.transcript.Write(m)
	}
}

func (h *handshake) wrote(m wire.Message) {
	if h.follower != nil {
		h.follower.Wrote(m)
	}
}

// choose settles what the transcript is hashed with. Where nobody here knows the
// suite's hash, there is no transcript.
func (h *handshake) choose(v wire.Version, id wire.SuiteID) {
	h.version, h.suite, h.chosen = v, suiteOf(id), true
	known := h.suite != nil && v >= h.suite.MinVersion && v <= wire.VersionTLS12
	if !known {
		h.suite, h.transcript = nil, nil
	}
	if h.transcript == nil {
		return
	}
	h.transcript.Choose(v, h.suite)
}

func (h *handshake) suiteID() wire.SuiteID {
	if h.server == nil {
		return 0
	}
	return h.server.CipherSuite
}

// resumes reports whether the handshake is abbreviated. It is known when the
// server's keys come, by the order: a full one has certificates or
// ServerHelloDone first (RFC 5246, section 7.3).
func (h *handshake) resumes() bool {
	if h.version == wire.VersionTLS13 {
		_, chosen := h.server.Extension(wire.ExtensionPreSharedKey)
		return chosen
	}
	return !h.full && h.server != nil && !h.broken
}

// extended reports whether both sides have RFC 7627's extension.
func (h *handshake) extended() bool {
	return h.hello != nil && h.server != nil && h.hello.ExtendedMasterSecret() && h.server.ExtendedMasterSecret()
}

// serverHello takes a ServerHello.
func (d *Dissector) serverHello(f *flow, m joined) {
	d.tell(f, trace.Server)
	hello, err := wire.ParseServerHello(m.Message)
	hello = hello.Clone()
	if err == nil && d.second != nil {
		d.answeredByHello(hello, m.place)
	}
	shown := veil.ServerHello(hello)
	detail := trace.MessageDetail{Type: wire.MessageServerHello, Length: len(m.Message), Parsed: shown, Raw: shown.Raw, Fault: faultText(err)}
	d.limit(&detail)
	if err == nil {
		d.negotiate(hello)
	} else {
		d.damaged(f)
	}
	d.emit(trace.Event{Name: trace.Message, From: d.side(f), Place: m.place, Detail: detail})
	if d.version == wire.VersionTLS13 && d.handshake != nil && !d.handshake.retried {
		d.modernKeys(m.place)
	}
}

// negotiate learns what a ServerHello settles.
func (d *Dissector) negotiate(hello *wire.ServerHello) {
	if d.handshake == nil || d.handshake.server != nil && !d.handshake.retried {
		d.handshake = d.follow(newHandshake(d.hellos, renego.TermsInitial, nil)) // its beginning was not seen
	}
	h := d.handshake
	d.hidden = nil
	v, err := hello.SelectedVersion()
	if err != nil {
		v = hello.Version
	}
	d.version = v
	if v == wire.VersionTLS13 {
		h.wrote(hello.Raw)
		h.begin(hello, retries(hello))
		if retries(hello) {
			h.retried = true
			return
		}
	}
	h.server = hello
	h.choose(v, hello.CipherSuite)
	if v != wire.VersionTLS13 {
		h.write(hello.Raw)
	}
}

// retryRandom is the random of a ServerHello that is a HelloRetryRequest (RFC
// 8446, section 4.1.3).
var retryRandom = [32]byte{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

func retries(hello *wire.ServerHello) bool { return hello.Random == retryRandom }

// progress takes a message of the handshake that is no hello.
func (d *Dissector) progress(f *flow, h *handshake, m joined) {
	switch m.Type() {
	case wire.MessageCertificate:
		d.certificates(f, h, m)
	case wire.MessageServerKeyExchange:
		h.full = true
		if x, err := wire.ParseServerKeyExchange(m.Message, h.version); err == nil && d.exchanges("ECDHE") {
			h.group = x.Group
		}
	case wire.MessageServerHelloDone:
		h.full = true
	case wire.MessageNewSessionTicket:
		d.ticket(h, m)
	}
	if m.Type() != wire.MessageFinished {
		h.write(m.Message)
	}
	switch m.Type() {
	case wire.MessageClientKeyExchange:
		h.full = true
		h.exchange = slices.Clone(m.Message)
		if h.extended() && h.transcript != nil && h.chosen && h.version != wire.VersionSSL30 {
			h.sessionHash = h.transcript.SessionHash()
		}
	case wire.MessageFinished:
		d.finished(f, h, m)
	}
}

func (d *Dissector) certificates(f *flow, h *handshake, m joined) {
	chain := d.keys.chain(m.Message, wire.ParseCertificate)
	if d.side(f) == trace.Server {
		h.full, h.chain = true, chain
		return
	}
	h.clientCert = len(chain.parsed.Chain) > 0
}

func (d *Dissector) ticket(h *handshake, m joined) {
	if t, err := wire.ParseNewSessionTicket(m.Message); err == nil && len(t.Ticket) > 0 {
		h.tickets = latest(append(h.tickets, ticketHash(t.Ticket)))
	}
}

// finishedFault holds a Finished against the transcript, where that can be.
func (d *Dissector) finishedFault(f *flow, m joined) string {
	h := d.handshake
	finished, err := wire.ParseFinished(m.Message)
	switch {
	case err != nil:
		return faultText(err)
	case h.version == wire.VersionTLS13:
		return d.modernFault(f, h, m)
	case h.master.IsZero() || h.transcript == nil || !h.chosen || h.broken:
		return ""
	}
	want := h.transcript.ClientVerifyData(h.master)
	if d.side(f) == trace.Server {
		want = h.transcript.ServerVerifyData(h.master)
	}
	if subtle.ConstantTimeCompare(want, finished.VerifyData) != 1 {
		h.disorder = true
		return "its verify_data is not that of this handshake"
	}
	h.verified[d.side(f)] = true
	return ""
}

// finished takes a Finished that was read.
func (d *Dissector) finished(f *flow, h *handshake, m joined) {
	side := d.side(f)
	h.finished[side] = true
	// RFC 5246, section 7.4.9: Finished stands behind ChangeCipherSpec, is right,
	// and nothing shares its record.
	h.disorder = h.disorder || !m.alone || !h.keyed[side]
	if finished, err := wire.ParseFinished(m.Message); err == nil {
		h.verifyData[side] = bytes.Clone(finished.VerifyData)
	}
	h.write(m.Message)
	d.done(h, m.place)
}

// done establishes what the handshake came to, once both Finished were there.
func (d *Dissector) done(h *handshake, place trace.Place) {
	if !h.finished[trace.Client] || !h.finished[trace.Server] || h.disorder {
		return
	}
	if h.answer != nil {
		h.terms = h.answer.accepted(h.resumes()).Terms
	}
	next := established{
		complete: true, signalled: d.signalled, clientVerifyData: h.verifyData[trace.Client], serverVerifyData: h.verifyData[trace.Server],
		session: d.inUse(h), suite: h.suite, master: h.master, opened: h.opened,
	}
	next.epoch, d.made = d.made, d.made+1
	if h.terms.Rule().Stream != renego.StreamGoesOn || !d.complete {
		next.signalled = signals(h.hello)
	}
	d.established, d.handshake, d.hidden, d.asked = next, nil, nil, false
	d.emit(trace.Event{Name: trace.HandshakeDone, From: trace.Client, Place: place, Detail: d.outcome(h)})
	d.remember(h)
	d.tellEpoch(h)
}

func signals(hello *wire.ClientHello) bool {
	if hello == nil {
		return false
	}
	_, present, _ := hello.RenegotiationInfo()
	return present || hello.OffersSCSV()
}

func (d *Dissector) outcome(h *handshake) trace.HandshakeDetail {
	out := trace.HandshakeDetail{
		Version: h.version, Suite: suite.ByID(h.suiteID()), SuiteID: h.suiteID(), Group: h.group, Terms: h.terms,
		Resumed: h.resumes(), ExtendedMasterSecret: h.extended(), ClientCertificate: h.clientCert,
		SecureRenegotiation: d.signalled,
		Unverified:          !h.verified[trace.Client] || !h.verified[trace.Server],
	}
	if h.hello != nil {
		name, _ := h.hello.ServerName()
		out.ServerName = wire.Printable(name)
	}
	if h.server != nil {
		protocol, _ := h.server.ALPN()
		if h.version == wire.VersionTLS13 {
			protocol = h.modern.protocol
		}
		out.ALPN = wire.Printable(protocol)
	}
	return out
}

// inUse is the session that a handshake leaves in use: the one it made, or what
// of the one it resumed the client showed.
func (d *Dissector) inUse(h *handshake) renego.SessionInUse {
	if h.server == nil {
		return renego.SessionInUse{}
	}
	s := renego.SessionInUse{Suite: h.suiteID(), ExtendedMasterSecret: h.extended(), Tickets: h.tickets}
	if !h.resumes() {
		s.ID = h.server.SessionID
		return s
	}
	hello := h.hello0()
	if d.complete && d.ofThis(hello) {
		// The session of this very connection goes on.
		s.ID = d.session.ID
		s.Tickets = latest(slices.Concat(d.session.Tickets, h.tickets))
		return s
	}
	if ticket, _ := hello.SessionTicket(); len(ticket) > 0 {
		s.Tickets = append(s.Tickets, ticketHash(ticket))
	} else {
		s.ID = h.server.SessionID
	}
	return s
}

// latest are as many tickets as are remembered.
func latest(tickets [][32]byte) [][32]byte {
	const most = 64
	return tickets[max(0, len(tickets)-most):]
}

// ofThis reports whether a hello offers the session in use.
func (d *Dissector) ofThis(hello *wire.ClientHello) bool {
	if ticket, _ := hello.SessionTicket(); len(ticket) > 0 {
		return slices.Contains(d.session.Tickets, ticketHash(ticket))
	}
	return len(hello.SessionID) > 0 && bytes.Equal(hello.SessionID, d.session.ID)
}
