package starttls

import (
	"bytes"
	"encoding/binary"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
)

// maxLook is after how many bytes of a direction it is settled what they are.
const maxLook = 32

// isRecordType tells the content types that a TLS record may begin with.
func isRecordType(b byte) bool { return b >= 0x14 && b <= 0x17 }

// An opening is how a protocol's first bytes look.
type opening struct {
	starts string
	from   trace.Side     // who says it
	follow func() layer   // nil: it does not lead to TLS
	name   trace.Protocol // where follow is nil
}

func lined[T talker](t func() T) func() layer {
	return func() layer { return newTalk(t()) }
}

func greeting() layer { return newTalk(&replier{waiting: 0}) }

// openings, the longer of two alike first.
var openings = []opening{
	{"PROXY ", trace.Client, func() layer { return &proxyHeader{version: 1} }, ""},
	{signature2, trace.Client, func() layer { return &proxyHeader{version: 2} }, ""},
	{"CONNECT ", trace.Client, lined(func() *connect { return &connect{} }), ""},

	{"220 ", trace.Server, greeting, ""},
	{"220-", trace.Server, greeting, ""},
	{"421 ", trace.Server, greeting, ""},
	{"554 ", trace.Server, greeting, ""},
	{"EHLO ", trace.Client, greeting, ""},
	{"HELO ", trace.Client, greeting, ""},
	{"LHLO ", trace.Client, greeting, ""},
	{"STARTTLS\r\n", trace.Client, greeting, ""},
	{"* OK", trace.Server, lined(func() *imap { return &imap{} }), ""},
	{"* PREAUTH", trace.Server, lined(func() *imap { return &imap{} }), ""},
	{"* BYE", trace.Server, lined(func() *imap { return &imap{} }), ""},
	{"+OK", trace.Server, lined(func() *pop3 { return &pop3{} }), ""},
	{"<?xml ", trace.Client, func() layer { return &xmpp{} }, ""},
	{"<stream:stream ", trace.Client, func() layer { return &xmpp{} }, ""},
	{"\x00\x00\x00\x08\x04\xd2\x16\x2f", trace.Client, func() layer { return &postgres{} }, ""},
	{"\x00\x00\x00\x08\x04\xd2\x16\x30", trace.Client, func() layer { return &postgres{} }, ""},
	{"\x00\x00\x00\x10\x04\xd2\x16\x2e", trace.Client, func() layer { return &postgres{} }, ""},

	{"SSH-", trace.Nobody, nil, "SSH"},
	{"PRI * HTTP/2.0", trace.Client, nil, "HTTP/2 in clear"},
	{"OPTIONS sip:", trace.Client, nil, "SIP"},
	{"OPTIONS rtsp:", trace.Client, nil, "RTSP"},
	{"REGISTER sip:", trace.Client, nil, "SIP"},
	{"INVITE sip:", trace.Client, nil, "SIP"},
	{"MESSAGE sip:", trace.Client, nil, "SIP"},
	{"SUBSCRIBE sip:", trace.Client, nil, "SIP"},
	{"SIP/2.0 ", trace.Server, nil, "SIP"},
	{"RTSP/1.0 ", trace.Server, nil, "RTSP"},
	{"GET ", trace.Client, nil, trace.ProtocolHTTP},
	{"HEAD ", trace.Client, nil, trace.ProtocolHTTP},
	{"POST ", trace.Client, nil, trace.ProtocolHTTP},
	{"PUT ", trace.Client, nil, trace.ProtocolHTTP},
	{"PATCH ", trace.Client, nil, trace.ProtocolHTTP},
	{"DELETE ", trace.Client, nil, trace.ProtocolHTTP},
	{"OPTIONS ", trace.Client, nil, trace.ProtocolHTTP},
	{"TRACE ", trace.Client, nil, trace.ProtocolHTTP},
	{"HTTP/1.", trace.Server, nil, trace.ProtocolHTTP},
	{"USER ", trace.Client, nil, "FTP or POP3"},
	{"RFB 00", trace.Server, nil, "VNC"},
	{"AMQP", trace.Client, nil, "AMQP"},
	{"-ERR ", trace.Server, nil, "POP3 or Redis"},
	{"\xff\xfb", trace.Nobody, nil, "Telnet"},
	{"\xff\xfd", trace.Nobody, nil, "Telnet"},
}

// A sight is what a direction's first bytes are taken for.
type sight struct {
	unsure bool // more bytes may tell
	tls    bool
	from   trace.Side
	follow func() layer
	name   trace.Protocol
}

// look names what begins with a direction's first bytes. It reports false where
// more of them are needed.
func (d *Dialogue) look(dir capture.Direction, input []heldPiece) bool {
	s := recognise(joined(input))
	switch {
	case s.unsure:
		return false
	case s.tls:
		d.ways[dir].begun = true
		d.prelude.Upgraded = len(d.names) > 0
		return true
	case s.follow == nil || d.ways[1-dir].begun || len(d.names) == maxLayers:
		d.foreign(dir, s)
		return true
	}
	d.sit(dir, s.from)
	d.layer = s.follow()
	d.names = append(d.names, d.layer.name())
	return true
}

// foreign is for what leads to no TLS: as the whole connection, in a tunnel, or
// as a server's answer to a client that had begun TLS.
func (d *Dialogue) foreign(dir capture.Direction, s sight) {
	d.sit(dir, s.from)
	d.over, d.other = Other, s.name
	if s.follow != nil {
		d.other = trace.Protocol(s.follow().name())
	}
	if len(d.names) > 0 && !d.prelude.Upgraded {
		d.over = None
		d.refused = "what followed was " + string(d.other) + ", not TLS"
	}
}

// sit notes who the client is, where what was said in a direction tells.
func (d *Dialogue) sit(dir capture.Direction, from trace.Side) {
	if d.sided || from == trace.Nobody {
		return
	}
	d.sided, d.client = true, dir
	if from == trace.Server {
		d.client = 1 - dir
	}
}

func joined(input []heldPiece) []byte {
	if len(input) == 1 {
		return input[0].Bytes
	}
	var b []byte
	for _, p := range input {
		b = append(b, p.Bytes...)
	}
	return b
}

// recognise names the protocol that begins with b, by as few bytes as tell: what
// it says does not depend on how the bytes were cut into packets.
func recognise(b []byte) sight {
	for n := 1; n <= len(b); n++ {
		if s := recogniseBy(b[:n]); !s.unsure {
			return s
		}
	}
	return sight{unsure: true}
}

func recogniseBy(b []byte) sight {
	s := recogniseTLS(b)
	if s.tls {
		return s
	}
	unsure := s.unsure
	for _, o := range openings {
		n := min(len(b), len(o.starts))
		switch {
		case !equalFold(b[:n], o.starts[:n]):
		case n == len(o.starts) && unsure:
			return sight{unsure: true} // of two alike the longer may still come
		case n == len(o.starts):
			return sight{from: o.from, follow: o.follow, name: o.name}
		default:
			unsure = true
		}
	}
	s = recogniseBinary(b)
	if s.follow != nil || s.name != "" {
		return s
	}
	if (unsure || s.unsure || !isWhole(b)) && len(b) < maxLook {
		return sight{unsure: true}
	}
	return sight{name: guess(b)}
}

// equalFold compares as the protocols of text do, whose commands are in either case.
func equalFold(b []byte, s string) bool {
	for i := range b {
		if upper(b[i]) != upper(s[i]) {
			return false
		}
	}
	return true
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// isWhole says that b has a line's end: what no opening fits by then is nothing known.
func isWhole(b []byte) bool { return bytes.IndexByte(b, '\n') >= 0 }

// recogniseTLS knows records of SSL 3.0 up and hellos in the format of SSL 2.0.
func recogniseTLS(b []byte) sight {
	if isRecordType(b[0]) {
		switch {
		case len(b) > 1 && b[1] != 3, len(b) > 2 && b[2] > 4:
			return sight{}
		case len(b) < 3:
			return sight{unsure: true}
		}
		return sight{tls: true}
	}
	if b[0]&0x80 == 0 {
		return sight{}
	}
	const clientHello, serverHello = 1, 4
	switch {
	case len(b) > 2 && b[2] != clientHello && b[2] != serverHello:
		return sight{}
	case len(b) < 5:
		return sight{unsure: true}
	case b[2] == clientHello:
		return sight{tls: b[3] == 3 && b[4] <= 4 || b[3] == 0 && b[4] == 2}
	}
	return sight{tls: b[3] <= 1 && b[4] <= 1} // SESSION-ID-HIT, CERTIFICATE-TYPE
}

// recogniseBinary knows the protocols whose first bytes hold a length.
func recogniseBinary(b []byte) sight {
	const enough = 14
	switch {
	case isLDAP(b):
		return sight{from: trace.Client, follow: func() layer { return &ldap{} }}
	case isMySQL(b):
		return sight{from: trace.Server, follow: func() layer { return &mysql{} }}
	case len(b) >= 6 && b[0] == 3 && b[1] == 0 && b[5] == 0xE0:
		return sight{from: trace.Client, follow: func() layer { return &rdp{} }}
	case len(b) >= 8 && b[0] == 0 && (string(b[4:8]) == "\xffSMB" || string(b[4:8]) == "\xfeSMB"):
		return sight{from: trace.Client, name: "SMB"}
	case len(b) >= 8 && b[0] == 0 && b[1] == 0 && string(b[4:8]) == "\x00\x03\x00\x00":
		return sight{from: trace.Client, name: "PostgreSQL without TLS"}
	case isMQTT(b):
		return sight{from: trace.Client, name: "MQTT"}
	}
	return sight{unsure: len(b) < enough && guess(b) == binaryName}
}

// isLDAP: an LDAPMessage whose messageID and operation stand where they must.
func isLDAP(b []byte) bool {
	if b[0] != berSequence {
		return false
	}
	header, length, ok := berLength(b)
	if !ok || length < 5 || len(b) < header+4 || b[header] != berInteger {
		return false
	}
	n := int(b[header+1])
	const application = 0x40 // and 0x60 where it is made of others
	return n >= 1 && n <= 4 && len(b) > header+2+n && b[header+2+n]&0xC0 == application
}

// isMySQL: protocol 10's greeting, or an error instead of it.
func isMySQL(b []byte) bool {
	if len(b) < 6 || b[2] != 0 || b[3] != 0 || b[1] > 3 {
		return false
	}
	length := int(binary.LittleEndian.Uint16(b))
	return b[4] == 10 && b[5] >= '0' && b[5] <= '9' && length > 40 || b[4] == 0xFF && length > 3 && length < 600
}

// isMQTT: CONNECT with the protocol's name, behind a length of one to four bytes.
func isMQTT(b []byte) bool {
	if b[0] != 0x10 {
		return false
	}
	for n := 2; n <= 5 && n+6 <= len(b); n++ {
		if string(b[n:n+6]) == "\x00\x04MQTT" || string(b[n:n+6]) == "\x00\x06MQIs" {
			return true
		}
	}
	return false
}

const binaryName trace.Protocol = "binary"

// guess names bytes that no opening fits.
func guess(b []byte) trace.Protocol {
	for _, c := range b {
		if (c < 0x20 || c > 0x7E) && c != '\r' && c != '\n' && c != '\t' {
			return binaryName
		}
	}
	return "plain text"
}
