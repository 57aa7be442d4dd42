package dissect

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/trace/veil"
	"github.com/parley-tls/parley/internal/wire"
)

// A second is a second hello that waits for its answer.
type second struct {
	hello   *wire.ClientHello // as it came
	verdict renego.Verdict
}

// clientHello takes a ClientHello, in whatever format.
func (d *Dissector) clientHello(f *flow, m joined, hello *wire.ClientHello, fault string) {
	d.tell(f, trace.Client)
	shown := d.helloEvent(f, m, hello, fault)
	switch {
	case d.side(f) != trace.Client || fault != "":
		d.damaged(f)
	case d.retried():
		d.handshake.write(m.Message)
		d.handshake.hello, d.handshake.retried = hello, false
	case d.amid():
		d.handshake.disorder = true
	case d.complete || d.keyed:
		d.secondHello(m, hello, shown)
	default:
		d.firstHello(hello, shown)
	}
}

// helloEvent tells the hello as a message.
func (d *Dissector) helloEvent(f *flow, m joined, hello *wire.ClientHello, fault string) *wire.ClientHello {
	shown := veil.ClientHello(hello)
	first := !d.complete && !d.keyed && d.handshake == nil
	if first && fault == "" && d.side(f) == trace.Client {
		d.emit(trace.Event{Name: trace.HandshakeBegun, From: trace.Client, Place: m.place})
	}
	detail := trace.MessageDetail{Type: wire.MessageClientHello, Length: len(m.Message), Hello: shown, Fault: fault, Raw: shown.Raw}
	if d.limit(&detail); detail.Raw == nil {
		shown = &wire.ClientHello{Version: hello.Version, Random: hello.Random}
		detail.Hello = shown
	}
	if first || fault != "" {
		d.emit(trace.Event{Name: trace.Message, From: d.side(f), Place: m.place, Detail: detail})
		return shown
	}
	if (d.complete || d.keyed) && !d.retried() && !d.amid() {
		d.hellos++
	}
	d.emit(trace.Event{Name: trace.Message, From: d.side(f), Place: m.place, Detail: detail})
	return shown
}

// amid reports whether a hello comes in the middle of a handshake that is seen,
// where it begins nothing.
func (d *Dissector) amid() bool {
	return d.handshake != nil && d.handshake.begun && !d.handshake.broken
}

// retried reports whether a HelloRetryRequest asked for the hello that comes.
func (d *Dissector) retried() bool { return d.handshake != nil && d.handshake.retried }

func (d *Dissector) firstHello(hello, shown *wire.ClientHello) {
	d.first = shown
	d.handshake = d.follow(newHandshake(0, renego.TermsInitial, hello))
	d.handshake.begun = true
}

// secondHello judges a hello on a connection that has had its first.
func (d *Dissector) secondHello(m joined, hello, shown *wire.ClientHello) {
	v := d.classify(hello, !m.clear)
	d.handshake, d.hidden = nil, nil
	d.made = max(d.made, 1) // the keys in use are of a handshake, seen or not
	d.second = &second{hello: hello, verdict: v}
	d.emit(trace.Event{Name: trace.SecondHello, From: trace.Client, Finding: v.Kind.Finding(), Place: m.place, Detail: trace.SecondHelloDetail{
		Kind: v.Kind, Proof: v.Proof, Resumes: v.Resumes, WhyNotResumed: v.WhyNotResumed,
		Asked: d.asked, Count: d.hellos, FromClient: d.fromClient, ToClient: d.toClient,
		HeaderVersion: m.header, Hello: shown,
	}})
	d.asked = false
}

// classify names a second hello. Where the Finished that it must refer to was not
// read, a renegotiation_info of the right length has the benefit of the doubt, and
// the doubt is told.
func (d *Dissector) classify(hello *wire.ClientHello, inside bool) renego.Verdict {
	c := renego.Connection{Version: d.version, First: d.first, ClientVerifyData: d.lastVerifyData(), Session: d.session}
	info, _, _ := hello.RenegotiationInfo()
	if len(c.ClientVerifyData) > 0 || len(info) != d.verifyLen() {
		return renego.Classify(c, hello, inside)
	}
	c.ClientVerifyData = info
	v := renego.Classify(c, hello, inside)
	for i, fact := range v.Proof {
		if strings.HasPrefix(fact, "renegotiation_info equals") {
			v.Proof[i] = fmt.Sprintf("renegotiation_info (%d bytes), which the capture lacks the means to check", len(info))
		}
	}
	return v
}

// lastVerifyData is that of the client's last Finished; nil: it is not known. Where a
// handshake's end is missing in the capture, that handshake may well have been done.
func (d *Dissector) lastVerifyData() []byte {
	switch h := d.handshake; {
	case h != nil && len(h.verifyData[trace.Client]) > 0:
		return h.verifyData[trace.Client]
	case h != nil && h.begun:
		return nil
	}
	return d.clientVerifyData
}

// verifyLen is how long verify_data is here.
func (d *Dissector) verifyLen() int {
	if d.version == wire.VersionSSL30 {
		return keys.SSL3VerifyLen
	}
	return keys.VerifyLen
}

// helloInClear finds the hello of a client that forgot its keys, in a record that
// does not open: whole and alone.
func (d *Dissector) helloInClear(f *flow, h wire.RecordHeader, rec []byte, place trace.Place) bool {
	m := wire.Message(rec[wire.RecordHeaderLen:])
	if h.Type != wire.TypeHandshake || m.Type() != wire.MessageClientHello || d.told && d.side(f) != trace.Client {
		return false
	}
	hello, err := wire.ParseClientHello(bytes.Clone(m))
	if err != nil {
		return false
	}
	f.forget()
	d.tellClear(f, h, place, hello.Raw)
	whole := joined{Message: hello.Raw, place: place, header: h.Version, alone: true, clear: true}
	d.tapRead(f, h, h.Type, m, place.Offset)
	d.tapMessage(f, whole)
	d.remarkVersion(f, h, place, 0)
	d.clientHello(f, whole, hello, "")
	return true
}

// replyInClear finds a server's answer in clear to a hello in clear.
func (d *Dissector) replyInClear(f *flow, h wire.RecordHeader, rec []byte, place trace.Place) bool {
	if d.second == nil || d.second.verdict.Kind != renego.KindRestart || d.side(f) != trace.Server || h.Type != wire.TypeHandshake {
		return false
	}
	m := wire.Message(rec[wire.RecordHeaderLen:])
	if len(m) < wire.MessageHeaderLen+2 || m.Type() != wire.MessageServerHello || m[4] != 3 {
		return false
	}
	f.forget()
	d.clearRecord(f, h, rec, place)
	return true
}

// answered tells what was answered to the second hello.
func (d *Dissector) answered(a trace.AnsweredDetail, place trace.Place) {
	s := d.second
	d.second = nil
	a.Kind = s.verdict.Kind
	d.emit(trace.Event{Name: trace.Answered, From: trace.Server, Finding: a.Kind.Finding(), Place: place, Detail: a})
}

// answeredBy takes an alert of the server's as its answer to a second hello.
func (d *Dissector) answeredBy(f *flow, a trace.AlertDetail, place trace.Place) {
	if d.second == nil || d.side(f) != trace.Server {
		return
	}
	switch {
	case a.Alert == wire.AlertNoRenegotiation && a.Level == wire.LevelWarning:
		d.answered(trace.AnsweredDetail{Answer: renego.AnswerRefuse, Reason: "the server sent the warning no_renegotiation"}, place)
	case a.Level == wire.LevelFatal:
		d.answered(trace.AnsweredDetail{Answer: renego.AnswerAbort, Reason: fmt.Sprintf("the server sent the fatal alert %s", a.Alert)}, place)
	}
}

// answeredByHello takes a ServerHello as the answer, and begins the handshake.
func (d *Dissector) answeredByHello(hello *wire.ServerHello, place trace.Place) {
	s := d.second
	seen := answer{kind: s.verdict.Kind, inUse: s.verdict.Resumes, reply: d.reply(hello)}
	a := seen.accepted(resumesOffered(s.hello, hello) || resumesTicket(s.hello, hello))
	d.answered(a, place)
	d.handshake = d.follow(newHandshake(d.hellos, a.Terms, s.hello))
	d.handshake.begun, d.handshake.answer = true, &seen
	if s.verdict.Kind == renego.KindRestart {
		d.forget(s.hello)
	}
	d.emit(trace.Event{Name: trace.HandshakeBegun, From: trace.Client, Place: place})
}

// forget ends the stream that a restart ended: nothing of it holds any more.
func (d *Dissector) forget(hello *wire.ClientHello) {
	d.first = veil.ClientHello(hello)
	d.version = 0
	d.established = established{epoch: d.epoch}
	d.made = d.epoch + 1
}

// A reply is what a ServerHello's renegotiation_info says of this connection.
type reply uint8

const (
	replyAbsent reply = iota
	replyEmpty
	replyFull // the verify_data of both
	replyOther
	replyUnchecked // there, and of the right length; what it must equal was not read
)

func (r reply) String() string {
	return [...]string{"absent", "empty", "the verify_data of client and server", "of another connection", "one that the capture lacks the means to check"}[r]
}

func (d *Dissector) reply(hello *wire.ServerHello) reply {
	info, present, err := hello.RenegotiationInfo()
	switch both := append(bytes.Clone(d.clientVerifyData), d.serverVerifyData...); {
	case !present:
		return replyAbsent
	case err == nil && len(info) == 0:
		return replyEmpty
	case err == nil && bytes.Equal(info, both):
		return replyFull
	case (len(d.clientVerifyData) == 0 || len(d.serverVerifyData) == 0) && len(info) == 2*d.verifyLen():
		return replyUnchecked
	}
	return replyOther
}

// resumesOffered reports whether a ServerHello can be seen to resume what the
// client offers (RFC 5246, section 7.4.1.3). A server that resumes a ticket may
// also leave the session id empty (RFC 5077, section 3.4).
func resumesOffered(client *wire.ClientHello, server *wire.ServerHello) bool {
	return len(client.SessionID) > 0 && bytes.Equal(client.SessionID, server.SessionID)
}

// resumesTicket reports whether a ServerHello probably resumes a ticket that was
// offered without a session id, which nothing in it says: a server that does not
// resume it gives a new one, and announces that (RFC 5077, section 3.2).
func resumesTicket(client *wire.ClientHello, server *wire.ServerHello) bool {
	ticket, _ := client.SessionTicket()
	_, announced := server.Extension(wire.ExtensionSessionTicket)
	return len(ticket) > 0 && len(client.SessionID) == 0 && len(server.SessionID) == 0 && !announced
}

// An answer is what of a server's ServerHello its terms depend on.
type answer struct {
	kind  renego.Kind
	inUse bool // the client offered the session in use
	reply reply
}

// accepted says on which terms another server went on, as far as they can be seen.
func (a answer) accepted(resumes bool) trace.AnsweredDetail {
	out := trace.AnsweredDetail{Answer: renego.AnswerAccept, Reason: "ServerHello's renegotiation_info is " + a.reply.String()}
	resumes = resumes && a.inUse
	switch {
	case a.kind == renego.KindRestart:
		out.Terms, out.Bound = renego.TermsInitial, "nothing"
	case a.kind == renego.KindSecure && (a.reply == replyFull || a.reply == replyUnchecked):
		out.Terms, out.Bound = renego.TermsSecure, "RFC 5746"
	case resumes && a.reply == replyFull:
		out.Terms, out.Bound = renego.TermsBound, "session and reply"
	case resumes:
		out.Terms, out.Bound = renego.TermsResumed, "session"
	case a.reply == replyFull:
		out.Terms, out.Bound = renego.TermsTrusted, "reply only"
	default:
		out.Terms, out.Bound = renego.TermsTrusted, "nothing"
	}
	return out
}
