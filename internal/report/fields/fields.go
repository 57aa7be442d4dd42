// Package fields names the parts of what was sent: each field of a message, an
// alert or a record header, what it means in words, and where its bytes stand.
package fields

import (
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A Field is one part of what was sent. Name and Value are fit to be shown:
// what a peer put into them is escaped and bounded.
type Field struct {
	Name   string // as the RFC gives it, "session_id"
	Value  string // in words
	Depth  int    // a field of depth 1 is part of the last one of depth 0
	Offset int    // in what Bytes gives; -1: it has no bytes there
	Length int
	Secret bool // its bytes are not shown
}

// A Byte is one byte of what was sent. Value is zero where it is not to be shown.
type Byte struct {
	Value byte
	Shown bool
}

// maxFields bounds what one event is taken apart into: a hello has room for
// thirty thousand suites.
const maxFields = 2000

// Of takes apart what an event tells. The fields stand in the order of their
// bytes, outer ones first.
func Of(e trace.Event) []Field {
	return whole(e).fields
}

// Bytes gives what an event's fields are places in: a message with its header,
// the header of a record, an alert. It is nil where there is none. Only what is
// known to be no secret is shown.
func Bytes(e trace.Event) []Byte {
	w := whole(e)
	if len(w.b) == 0 {
		return nil
	}
	out := make([]Byte, len(w.b))
	for i, b := range w.b {
		if w.shown[i] {
			out[i] = Byte{Value: b, Shown: true}
		}
	}
	return out
}

func whole(e trace.Event) *walk {
	switch d := e.Detail.(type) {
	case trace.MessageDetail:
		return message(d)
	case trace.RecordDetail:
		return recordHeader(d)
	case trace.AlertDetail:
		return alert(d)
	default:
		w := &walk{}
		words(w, e)
		return w
	}
}

// message takes apart a handshake message, as far as its bytes are there.
func message(d trace.MessageDetail) *walk {
	if d.Hello != nil && d.Hello.SSL2Format {
		return ssl2Hello(d.Hello.Raw)
	}
	w := over(raw(d))
	if len(w.b) == 0 {
		w.say("msg_type", d.Type.String())
		w.say("length", count(max(d.Length-wire.MessageHeaderLen, 0), "byte"))
		withoutBytes(w, d)
		return w
	}
	w.number("msg_type", 1, func(v int) string { return fmt.Sprintf("%s (%d)", wire.MessageType(v), v) })
	w.number("length", 3, func(v int) string { return count(v, "byte") })
	body(w, d)
	w.rest("bytes left over")
	if d.Fault != "" {
		w.say("cannot be read to its end", d.Fault)
	}
	return w
}

func raw(d trace.MessageDetail) []byte {
	switch hello, _ := d.Parsed.(*wire.ServerHello); {
	case len(d.Raw) > 0:
		return d.Raw
	case d.Hello != nil:
		return d.Hello.Raw
	case hello != nil:
		return hello.Raw
	}
	return nil
}

func body(w *walk, d trace.MessageDetail) {
	switch d.Type {
	case wire.MessageClientHello:
		clientHello(w)
	case wire.MessageServerHello:
		serverHello(w)
	case wire.MessageEncryptedExtensions:
		extensions(w, wire.MessageEncryptedExtensions)
	case wire.MessageCertificate:
		if modern(w.b[w.at:w.end]) {
			modernCertificates(w)
			return
		}
		certificates(w)
	case wire.MessageServerKeyExchange:
		serverKeyExchange(w)
	case wire.MessageCertificateRequest:
		certificateRequest(w)
	case wire.MessageHelloRequest, wire.MessageServerHelloDone:
	default:
		// Finished, tickets, premasters: whatever came along is not shown.
		w.hidden("body", w.end-w.at)
	}
}

// withoutBytes tells what is known of a message of which no bytes were kept.
func withoutBytes(w *walk, d trace.MessageDetail) {
	switch p := d.Parsed.(type) {
	case *wire.NewSessionTicket:
		if p != nil {
			w.say("ticket_lifetime_hint", lifetime(p.LifetimeHint))
		}
		w.say("ticket", "not shown")
	case *wire.ServerKeyExchange:
		if p != nil {
			w.say("namedcurve", p.Group.String())
			if p.Scheme != 0 {
				w.say("algorithm", p.Scheme.String())
			}
		}
	case *wire.CertificateRequest:
		if p != nil {
			w.say("certificate_authorities", count(len(p.Authorities), "name"))
		}
	case *wire.Certificate:
		if p != nil {
			chain(w, p.Chain)
		}
	}
	if d.Type == wire.MessageFinished {
		w.say("verify_data", "not shown")
	}
	if d.Fault != "" {
		w.say("cannot be read to its end", d.Fault)
	}
}

func lifetime(seconds uint32) string {
	if seconds == 0 {
		return "not said"
	}
	return fmt.Sprintf("%d s", seconds)
}
