package starttls

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
)

// The hello and the answer that begin TLS in these conversations.
const (
	clientTLS = "\x16\x03\x01\x00\x05hello"
	serverTLS = "\x16\x03\x03\x00\x05reply"
)

// A said is one side's words in a conversation; C is who connected.
type said struct {
	dir  capture.Direction
	text string
}

func c(text string) said { return said{capture.AtoB, text} }
func s(text string) said { return said{capture.BtoA, text} }

// A heard is what a Dialogue made of a conversation.
type heard struct {
	*Dialogue
	verdicts [2]Verdict
	tls      [2]string // what each direction's TLS was
}

// listen gives the conversation packet by packet, each cut into pieces of n bytes.
func listen(n int, conversation ...said) *heard {
	h := &heard{Dialogue: New()}
	frame := 0
	for _, x := range conversation {
		frame++
		for b := []byte(x.text); len(b) > 0; b = b[min(n, len(b)):] {
			part := bytes.Clone(b[:min(n, len(b))])
			v, rest := h.Take(x.dir, capture.Mark{Frame: frame}, part)
			h.verdicts[x.dir] = v
			for _, p := range rest {
				h.tls[x.dir] += string(p.Bytes)
			}
			for i := range part { // a sink's bytes are valid until it returns
				part[i] = 0xEE
			}
		}
	}
	return h
}

const whole = 1 << 20

// conversations that come to TLS, with what the prelude must say.
var upgrades = []struct {
	name     string
	protocol string
	request  string // what stands at the place of the request
	reply    string
	talk     []said
}{
	{"SMTP", "SMTP", "STARTTLS\r\n", "220 2.0.0 Ready to start TLS\r\n", []said{
		s("220-mx.example ESMTP\r\n220 welcome\r\n"), c("EHLO device\r\n"),
		s("250-mx.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n"),
		c("STARTTLS\r\n"), s("220 2.0.0 Ready to start TLS\r\n"),
	}},
	{"SMTP, pipelined", "SMTP", "STARTTLS\r\n", "220 go\r\n", []said{
		s("220 mx.example\r\n"), c("EHLO device\r\nSTARTTLS\r\n"), s("250 hello\r\n"), s("220 go\r\n"),
	}},
	{"SMTP without its greeting", "SMTP", "starttls\r\n", "220 go\r\n", []said{
		c("ehlo device\r\n"), s("250 hello\r\n"), c("starttls\r\n"), s("220 go\r\n"),
	}},
	{"LMTP", "LMTP", "STARTTLS\r\n", "220 go\r\n", []said{
		s("220 mx.example LMTP\r\n"), c("LHLO device\r\n"), s("250 STARTTLS\r\n"), c("STARTTLS\r\n"), s("220 go\r\n"),
	}},
	{"SMTP, at the second attempt", "SMTP", "STARTTLS\r\n", "220 go\r\n", []said{
		s("220 mx.example\r\n"), c("EHLO device\r\n"), s("250 STARTTLS\r\n"), c("STARTTLS\r\n"),
		s("454 4.7.0 not now\r\n"), c("NOOP\r\n"), s("250 ok\r\n"), c("STARTTLS\r\n"), s("220 go\r\n"),
	}},
	{"IMAP", "IMAP", "a2 STARTTLS\r\n", "a2 OK Begin TLS\r\n", []said{
		s("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"), c("a1 CAPABILITY\r\n"),
		s("* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK done\r\n"),
		c("a2 STARTTLS\r\n"), s("a2 OK Begin TLS\r\n"),
	}},
	{"IMAP with a literal", "IMAP", "a2 STARTTLS\r\n", "a2 OK Begin TLS\r\n", []said{
		s("* OK ready\r\n"), c("a1 LOGIN {10}\r\n"), s("+ go on\r\n"), c("x STARTTLS {3+}\r\nabc\r\n"), s("x NO no\r\na1 NO no\r\n"),
		c("a2 STARTTLS\r\n"), s("a2 OK Begin TLS\r\n"),
	}},
	{"POP3", "POP3", "STLS\r\n", "+OK begin\r\n", []said{
		s("+OK ready\r\n"), c("CAPA\r\n"), s("+OK\r\nSTLS\r\nUIDL\r\n.\r\n"), c("STLS\r\n"), s("+OK begin\r\n"),
	}},
	{"FTP", "FTP", "AUTH SSL\r\n", "234 go\r\n", []said{
		s("220 ready\r\n"), c("FEAT\r\n"), s("211-Features:\r\n UTF8\r\n211 End\r\n"),
		c("AUTH TLS\r\n"), s("504 unknown\r\n"), c("AUTH SSL\r\n"), s("234 go\r\n"),
	}},
	{"LDAP", "LDAP", ldapRequest, ldapSuccess, []said{c(ldapRequest), s(ldapSuccess)}},
	{"LDAP as Active Directory writes lengths", "LDAP", ldapLong, ldapLongSuccess, []said{c(ldapLong), s(ldapLongSuccess)}},
	{"LDAP after a search", "LDAP", ldapRequest, ldapSuccess, []said{
		c("\x30\x05\x02\x01\x07\x42\x00"), c(ldapRequest), s("\x30\x0c\x02\x01\x07\x61\x07\x0a\x01\x00\x04\x00\x04\x00"), s(ldapSuccess),
	}},
	{"PostgreSQL", "PostgreSQL", pgRequest, "S", []said{c(pgRequest), s("S")}},
	{"PostgreSQL after GSSAPI", "PostgreSQL", pgRequest, "S", []said{
		c("\x00\x00\x00\x08\x04\xd2\x16\x30"), s("N"), c(pgRequest), s("S"),
	}},
	{"MySQL", "MySQL", mysqlRequest, "", []said{s(mysqlGreeting(mysqlClientSSL)), c(mysqlRequest)}},
	{"XMPP", "XMPP", "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", []said{
		c("<?xml version='1.0'?><stream:stream to='a>b' xmlns='jabber:client'>"),
		s("<?xml version='1.0'?><stream:stream id='1'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"),
		c("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), s("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
	}},
	{"XMPP with end tags", "XMPP", "</starttls>", "</proceed>", []said{
		c("<stream:stream xmlns='jabber:client'>"), s("<stream:stream id='1'>"),
		c("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'></starttls>"), s("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'></proceed>"),
	}},
	{"RDP", "RDP", rdpRequest, rdpConfirm(2, 1), []said{c(rdpRequest), s(rdpConfirm(2, 1))}},
	{"HTTP CONNECT", "HTTP CONNECT", "\r\n", "\r\n", []said{
		c("CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n"), s("HTTP/1.1 200 Connection established\r\n\r\n"),
	}},
	{"HTTP CONNECT, at the second attempt", "HTTP CONNECT", "\r\n", "\r\n", []said{
		c("CONNECT host:443 HTTP/1.1\r\n\r\n"),
		s("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 17\r\n\r\nHTTP/1.1 200 OK\r\n"),
		c("CONNECT host:443 HTTP/1.1\r\nProxy-Authorization: x\r\n\r\n"), s("HTTP/1.1 200 OK\r\n\r\n"),
	}},
	{"PROXY v1", "PROXY protocol v1", "", "", []said{c("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n")}},
	{"PROXY v2", "PROXY protocol v2", "", "", []said{c(proxy2)}},
	{"SMTP behind PROXY v2", "PROXY protocol v2, SMTP", "STARTTLS\r\n", "220 go\r\n", []said{
		c(proxy2), s("220 mx.example\r\n"), c("EHLO device\r\n"), s("250 STARTTLS\r\n"), c("STARTTLS\r\n"), s("220 go\r\n"),
	}},
	{"IMAP in a tunnel", "HTTP CONNECT, IMAP", "a STARTTLS\r\n", "a OK\r\n", []said{
		c("CONNECT mail:143 HTTP/1.1\r\n\r\n"), s("HTTP/1.1 200 OK\r\n\r\n* OK ready\r\n"), c("a STARTTLS\r\n"), s("a OK\r\n"),
	}},
}

const (
	ldapRequest = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + startTLS
	ldapSuccess = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
	ldapLong    = "\x30\x84\x00\x00\x00\x21\x02\x01\x01\x77\x84\x00\x00\x00\x18\x80\x16" + startTLS

	ldapLongSuccess = "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00"

	pgRequest = "\x00\x00\x00\x08\x04\xd2\x16\x2f"
	proxy2    = signature2 + "\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\xdc\x04\x01\xbb"

	mysqlRequest = "\x20\x00\x00\x01\x85\xae\xff\x19\x00\x00\x00\x01\x2d" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	rdpRequest = "\x03\x00\x00\x2c\x27\xe0\x00\x00\x00\x00\x00Cookie: mstshash=nobody\r\n\x01\x00\x08\x00\x03\x00\x00\x00"
)

func mysqlGreeting(flags int) string {
	body := "\x0a8.0.36\x00\x01\x00\x00\x00saltsalt\x00" + string([]byte{byte(flags), byte(flags >> 8)}) +
		"\xff\x02\x00\xff\xdf\x15" + strings.Repeat("\x00", 10) + "moresaltmore\x00caching_sha2_password\x00"
	return string([]byte{byte(len(body)), 0, 0, 0}) + body
}

func rdpConfirm(kind, value byte) string {
	return "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00" + string([]byte{kind, 0, 8, 0, value, 0, 0, 0})
}

func TestTLSBeginsBehindTheDialogue(t *testing.T) {
	for _, x := range upgrades {
		for _, n := range []int{whole, 7, 1} {
			h := listen(n, append(x.talk, c(clientTLS), s(serverTLS))...)
			if h.verdicts != [2]Verdict{Begins, Begins} || h.tls != [2]string{clientTLS, serverTLS} {
				t.Errorf("%s, %d bytes at a time: %v, TLS %q", x.name, n, h.verdicts, h.tls)
				continue
			}
			p := h.Prelude()
			if p == nil || p.Protocol != x.protocol || !p.Upgraded || p.Refused != "" || p.Injected != 0 {
				t.Errorf("%s, %d bytes at a time: %+v", x.name, n, p)
				continue
			}
			if got := at(x.talk, capture.AtoB, p.Request); got != x.request {
				t.Errorf("%s, %d bytes at a time: the request is %q", x.name, n, got)
			}
			if got := at(x.talk, capture.BtoA, p.Reply); got != x.reply {
				t.Errorf("%s, %d bytes at a time: the reply is %q", x.name, n, got)
			}
			if client, known := h.Client(); !known || client != capture.AtoB {
				t.Errorf("%s: the client is taken for the server", x.name)
			}
			if p.Bytes != int64(length(x.talk)) {
				t.Errorf("%s: %d bytes counted, %d said", x.name, p.Bytes, length(x.talk))
			}
		}
	}
}

// at is what a direction said at a place.
func at(talk []said, dir capture.Direction, p trace.Place) string {
	stream := ""
	for _, x := range talk {
		if x.dir == dir {
			stream += x.text
		}
	}
	return stream[p.Offset:][:p.Length]
}

func length(talk []said) (n int) {
	for _, x := range talk {
		n += len(x.text)
	}
	return n
}

func TestTheServerMayConnect(t *testing.T) {
	// FTP's data connections and some agents: who sent the SYN is not the client.
	h := New()
	h.Take(capture.AtoB, capture.Mark{Frame: 1}, []byte("220 mx.example ESMTP\r\n"))
	if client, known := h.Client(); !known || client != capture.BtoA {
		t.Error("who greets is not taken for the server")
	}
}

func TestTheOriginIsRead(t *testing.T) {
	for _, x := range []struct{ header, origin string }{
		{"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n", "192.0.2.7:56324"},
		{"PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n", "[2001:db8::7]:56324"},
		{"PROXY UNKNOWN\r\n", "invalid AddrPort"},
		{"PROXY TCP4 somebody 198.51.100.1 56324 443\r\n", "invalid AddrPort"},
		{proxy2, "192.0.2.7:56324"},
		{signature2 + "\x20\x00\x00\x00", "invalid AddrPort"},
		{signature2 + "\x21\x11\x00\x02\xc0\x00", "invalid AddrPort"},
	} {
		h := listen(whole, c(x.header), c(clientTLS))
		if got := h.Prelude().Origin.String(); got != x.origin || h.verdicts[0] != Begins {
			t.Errorf("%q: origin %s, %v", x.header, got, h.verdicts[0])
		}
	}
}

func TestARefusalIsTold(t *testing.T) {
	const smtp, ehlo = "220 mx.example ESMTP\r\n", "EHLO device\r\n"
	for _, x := range []struct {
		name, refused string
		over          Verdict
		talk          []said
	}{
		{"SMTP", "the server answered STARTTLS with 454 (TLS not available due to temporary reason)", More, []said{
			s(smtp), c(ehlo), s("250 STARTTLS\r\n"), c("STARTTLS\r\n"), s("454 no\r\n"), c("QUIT\r\n"), s("221 bye\r\n")}},
		{"SMTP in clear", "the client sent its mail in clear; the server offered it", None, []said{
			s(smtp), c(ehlo), s("250 STARTTLS\r\n"), c("MAIL FROM:<>\r\n"), s("250 ok\r\n"), c("DATA\r\n"), s("354 go\r\n")}},
		{"SMTP in clear, chunked", "the client sent its mail in clear; the server did not offer it", None, []said{
			s(smtp), c(ehlo), s("250 CHUNKING\r\n"), c("BDAT 10 LAST\r\nSTARTTLS\r\n"), s("250 ok\r\n")}},
		{"SMTP inspected", "the client did not ask for TLS; what the server offers was overwritten with X on the way, as the SMTP inspection of some firewalls does", More, []said{
			s(smtp), c(ehlo), s("250-mx.example\r\n250-XXXXXXXA\r\n250 SIZE\r\n"), c("QUIT\r\n")}},
		{"SMTP, full", "the server turned the client away with 421", None, []said{s("421 too many connections\r\n")}},
		{"SMTP without an answer", "the server did not answer the request for TLS", More, []said{
			s(smtp), c(ehlo), s("250 STARTTLS\r\n"), c("STARTTLS\r\n")}},
		{"IMAP", "the server answered STARTTLS with BAD", More, []said{s("* OK hi\r\n"), c("1 STARTTLS\r\n"), s("1 BAD what\r\n")}},
		{"IMAP, logged in", "the server greeted with PREAUTH: the client is logged in, and STARTTLS is allowed before that only", None, []said{s("* PREAUTH hi\r\n")}},
		{"IMAP unasked", "the client did not ask for TLS; the server did not offer it", More, []said{s("* OK [CAPABILITY IMAP4rev1] hi\r\n")}},
		{"POP3", "the server answered STLS with -ERR", More, []said{s("+OK hi\r\n"), c("STLS\r\n"), s("-ERR no\r\n")}},
		{"POP3 in clear", "the client logged in in clear, and STLS is allowed before that only", None, []said{
			s("+OK hi\r\n"), c("USER x\r\n"), s("+OK\r\n"), c("PASS y\r\n"), s("+OK\r\n")}},
		{"FTP", "the server answered AUTH TLS with 534 (denied for policy reasons)", More, []said{s("220 hi\r\n"), c("AUTH TLS\r\n"), s("534 no\r\n")}},
		{"FTP in clear", "the client logged in in clear", None, []said{
			s("220 hi\r\n"), c("USER x\r\n"), s("331 and\r\n"), c("PASS y\r\n"), s("230 in\r\n")}},
		{"LDAP", "the server answered StartTLS with protocolError", More, []said{
			c(ldapRequest), s("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00")}},
		{"PostgreSQL", "the server answered SSLRequest with N: TLS is off, or it was built without", More, []said{c(pgRequest), s("N")}},
		{"PostgreSQL in clear", "the server answered SSLRequest with N: TLS is off, or it was built without", None, []said{
			c(pgRequest), s("N"), c("\x00\x00\x00\x09\x00\x03\x00\x00\x00")}},
		{"PostgreSQL without an answer", "the client went on in clear with its StartupMessage", None, []said{
			c(pgRequest), c("\x00\x00\x00\x09\x00\x03\x00\x00\x00")}},
		{"PostgreSQL with GSSAPI", "the two agreed on GSSAPI encryption instead", None, []said{c("\x00\x00\x00\x08\x04\xd2\x16\x30"), s("G")}},
		{"MySQL not offered", "the client did not ask for TLS; the server did not offer it", None, []said{
			s(mysqlGreeting(0)), c("\x24\x00\x00\x01\x85\xa6\xff\x19" + strings.Repeat("\x00", 32))}},
		{"MySQL not asked", "the client did not ask for TLS; the server offered it", None, []said{
			s(mysqlGreeting(mysqlClientSSL)), c("\x24\x00\x00\x01\x85\xa6\xff\x19" + strings.Repeat("\x00", 32))}},
		{"MySQL, blocked", "the server answered with an error instead of beginning TLS", None, []said{s("\x10\x00\x00\x00\xff\x69\x04Host blocked.")}},
		{"XMPP", "the server answered starttls with failure", More, []said{
			c("<stream:stream xmlns='jabber:client'>"), s("<stream:stream id='1'>"),
			c("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), s("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")}},
		{"RDP", "the server refused the negotiation with SSL_NOT_ALLOWED_BY_SERVER", None, []said{c(rdpRequest), s(rdpConfirm(3, 2))}},
		{"RDP of old", "the server selected standard RDP security, not TLS", None, []said{c(rdpRequest), s(rdpConfirm(2, 0))}},
		{"HTTP CONNECT", "the proxy answered CONNECT with 403 (Forbidden)", More, []said{
			c("CONNECT h:443 HTTP/1.1\r\n\r\n"), s("HTTP/1.1 403 no\r\n\r\n")}},
		{"IMAP, turned away", "the server turned the client away with BYE", None, []said{s("* BYE full\r\n")}},
		{"IMAP without an answer", "the server did not answer the request for TLS", More, []said{s("* OK hi\r\n"), c("1 STARTTLS\r\n")}},
		{"POP3 without CAPA", "the client did not ask for TLS", More, []said{s("+OK hi\r\n"), c("CAPA\r\n"), s("-ERR what\r\n")}},
		{"POP3 unasked", "the client did not ask for TLS; the server offered it", More, []said{
			s("+OK hi\r\n"), c("CAPA\r\n"), s("+OK\r\nSTLS\r\n.\r\n"), c("QUIT\r\n")}},
		{"LDAP without an answer", "the server did not answer the request for TLS", More, []said{c(ldapRequest)}},
		{"LDAP unasked", "the client did not ask for TLS", More, []said{c("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00")}},
		{"LDAP with a code of its own", "the server answered StartTLS with result code 99", More, []said{
			c(ldapRequest), s("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x63\x04\x00\x04\x00")}},
		{"PostgreSQL, not answered", "the server did not answer SSLRequest", More, []said{c(pgRequest)}},
		{"PostgreSQL of old", "the server answered the request with an ErrorResponse", None, []said{c(pgRequest), s("E")}},
		{"PostgreSQL, cancelling", "the client asked to cancel a query, in clear", None, []said{
			c("\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00\x00\x01\x00\x00\x00\x02")}},
		{"RDP, not answered", "the server did not answer the request for TLS", More, []said{c(rdpRequest)}},
		{"RDP, unknown refusal", "the server refused the negotiation with code 9", None, []said{c(rdpRequest), s(rdpConfirm(3, 9))}},
		{"RDP of an old server", "the server knows no negotiation: it speaks standard RDP security only", None, []said{
			c(rdpRequest), s("\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00")}},
		{"HTTP CONNECT, not answered", "the proxy did not answer CONNECT", More, []said{c("CONNECT h:443 HTTP/1.1\r\n\r\n")}},
		{"HTTP CONNECT, cut short", "the request for a tunnel was not complete", More, []said{c("CONNECT h:443 HTTP/1.1\r\n")}},
		{"HTTP CONNECT, then a page", "the proxy answered CONNECT with 407 (Proxy Authentication Required)", None, []said{
			c("CONNECT h:443 HTTP/1.1\r\n\r\n"), s("HTTP/1.1 407 no\r\n\r\n"), c("GET http://h/ HTTP/1.1\r\n")}},
		{"XMPP unasked", "the client did not ask for TLS; the server did not offer it", More, []said{
			c("<stream:stream xmlns='jabber:client'>"), s("<stream:stream id='1'><stream:features></stream:features>")}},
		{"a header and nothing", "nothing that is known followed it", More, []said{c(proxy2)}},
		{"half a header", "nothing came behind the PROXY header", More, []said{c(signature2 + "\x21\x11")}},
		{"a tunnel to something else", "what followed was SSH, not TLS", None, []said{
			c("CONNECT h:22 HTTP/1.1\r\n\r\n"), s("HTTP/1.1 200 OK\r\n\r\n"), c("SSH-2.0-OpenSSH_9.6\r\n")}},
	} {
		for _, n := range []int{whole, 1} {
			h := listen(n, x.talk...)
			p := h.Prelude()
			if p == nil || p.Upgraded || p.Refused != x.refused {
				t.Errorf("%s, %d bytes at a time: %+v", x.name, n, p)
			}
			if last := x.talk[len(x.talk)-1]; h.verdicts[last.dir] != x.over {
				t.Errorf("%s, %d bytes at a time: %v, not %v", x.name, n, h.verdicts[last.dir], x.over)
			}
		}
	}
}

func TestWhatIsPipelinedBehindTheRequestIsCounted(t *testing.T) {
	const injected = "RSET\r\nMAIL FROM:<a@b>\r\n"
	for _, n := range []int{whole, 1} {
		h := listen(n, s("220 mx\r\n"), c("EHLO x\r\n"), s("250 STARTTLS\r\n"),
			c("STARTTLS\r\n"+injected), s("220 go\r\n"), c(clientTLS), s(serverTLS))
		p := h.Prelude()
		if p.Injected != int64(len(injected)) || p.InjectedPlace.Offset != int64(len("EHLO x\r\nSTARTTLS\r\n")) {
			t.Errorf("%d bytes at a time: %+v", n, p)
		}
		if h.tls != [2]string{clientTLS, serverTLS} {
			t.Errorf("%d bytes at a time: TLS %q", n, h.tls)
		}
	}
}

func TestAServerThatGreetsBeforeThePROXYHeaderIsWhole(t *testing.T) {
	for _, n := range []int{whole, 1} {
		h := listen(n, c(signature2+"\x21\x11\x00\x0c"), s("220 mx.example\r\n"), c(proxy2[len(signature2)+4:]),
			c("EHLO x\r\n"), s("250 STARTTLS\r\n"), c("STARTTLS\r\n"), s("220 go\r\n"), c(clientTLS), s(serverTLS))
		if p := h.Prelude(); h.tls != [2]string{clientTLS, serverTLS} || p.Protocol != "PROXY protocol v2, SMTP" {
			t.Errorf("%d bytes at a time: %q, %+v", n, h.tls, p)
		}
	}
	h := listen(whole, c(signature2+"\x21\x11\x00\x0c"), s(strings.Repeat("220-welcome\r\n", 1000)))
	if h.verdicts[1] != None || len(h.ways[1].held) != 0 {
		t.Errorf("%v, and %d pieces are held", h.verdicts, len(h.ways[1].held))
	}
}

func TestAGapEndsEveryDialogueOfLengths(t *testing.T) {
	for _, begin := range []said{c(pgRequest), s(mysqlGreeting(mysqlClientSSL)), c(rdpRequest), c(signature2)} {
		h := listen(whole, begin)
		h.Gap(capture.AtoB, 4)
		if v, _ := h.Take(capture.AtoB, capture.Mark{Frame: 2}, []byte("abcd")); v != None {
			t.Errorf("%q: %v", begin.text, v)
		}
	}
}

func TestWhatGoesOnInClearIsCounted(t *testing.T) {
	h := listen(whole, c(pgRequest), s("N"), c("\x00\x00\x00\x09\x00\x03\x00\x00\x00"))
	if p := h.Prelude(); p.Onward != 9 {
		t.Errorf("%+v", p)
	}
	h = listen(whole, s("220 mx\r\n"), c("EHLO x\r\n"), s("250 STARTTLS\r\n"), c("STARTTLS\r\n"), s("454 no\r\n"), c("STARTTLS\r\n"))
	if p := h.Prelude(); p.Onward != 0 || p.Refused != "the server did not answer the request for TLS" {
		t.Errorf("%+v", p)
	}
}

func TestWhatARefusingServerIsSentIsNotInjected(t *testing.T) {
	h := listen(whole, s("220 mx\r\n"), c("EHLO x\r\n"), s("250 STARTTLS\r\n"), c("STARTTLS\r\nNOOP\r\n"), s("454 no\r\n250 ok\r\n"))
	if p := h.Prelude(); p.Injected != 0 {
		t.Errorf("%d bytes are called injected", p.Injected)
	}
}

func TestAHelloThatDoesNotWaitForTheAnswerIsTLS(t *testing.T) {
	for _, n := range []int{whole, 1} {
		h := listen(n, c(pgRequest), c(clientTLS), s("S"), s(serverTLS))
		if h.tls != [2]string{clientTLS, serverTLS} || h.Prelude().Injected != 0 || !h.Prelude().Upgraded {
			t.Errorf("%d bytes at a time: %q, %+v", n, h.tls, h.Prelude())
		}
	}
}

func TestTLSFromTheFirstByteIsNoDialogue(t *testing.T) {
	for _, hello := range []string{clientTLS, "\x80\x2e\x01\x03\x01\x00\x15", "\x15\x03\x00\x00\x02"} {
		for _, n := range []int{whole, 1} {
			h := listen(n, c(hello), s(serverTLS))
			if h.tls != [2]string{hello, serverTLS} || h.Prelude() != nil || h.Protocol() != trace.ProtocolTLS {
				t.Errorf("%q, %d bytes at a time: %v %q", hello, n, h.verdicts, h.tls)
			}
		}
	}
}

func TestAServerThatDoesNotSpeakTLSIsNamed(t *testing.T) {
	for name, answer := range map[string]string{
		"HTTP": "HTTP/1.1 400 Bad Request\r\n\r\n", "SMTP or FTP": "220 ready\r\n", "SSH": "SSH-2.0-x\r\n",
	} {
		h := listen(whole, c(clientTLS), s(answer))
		if h.verdicts != [2]Verdict{Begins, Other} || h.other != trace.Protocol(name) {
			t.Errorf("%s: %v, %q", name, h.verdicts, h.other)
		}
	}
}

func TestTLSInTheMiddleOfADialogueIsSaid(t *testing.T) {
	h := listen(whole, s("220 mx.example ESMTP\r\n"), c(clientTLS), s("500 what?\r\n"))
	if h.verdicts != [2]Verdict{Begins, None} {
		t.Fatal(h.verdicts)
	}
	if p := h.Prelude(); p.Refused != "the client began TLS without asking for it, in the middle of a dialogue in clear" {
		t.Errorf("%+v", p)
	}
}

func TestOtherProtocolsAreNamed(t *testing.T) {
	for _, x := range []struct{ name, first string }{
		{"SSH", "SSH-2.0-OpenSSH_9.6\r\n"},
		{"HTTP", "GET / HTTP/1.1\r\n"},
		{"SIP", "OPTIONS sip:a@b SIP/2.0\r\n"},
		{"RTSP", "OPTIONS rtsp://camera RTSP/1.0\r\n"},
		{"MQTT", "\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06device"},
		{"VNC", "RFB 003.008\n"},
		{"SMB", "\x00\x00\x00\x55\xffSMB\x72\x00\x00\x00\x00\x18\x53\xc8"},
		{"PostgreSQL without TLS", "\x00\x00\x00\x54\x00\x03\x00\x00user\x00"},
		{"Telnet", "\xff\xfd\x18\xff\xfd\x20"},
		{"XML", "<?xml version='1.0'?><soap:Envelope>"},
		{"plain text", "hello there\r\n"},
		{"plain text", "what is this, thirty-two bytes of text"},
		{"binary", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"},
	} {
		for _, n := range []int{whole, 1} {
			h := listen(n, c(x.first))
			if h.verdicts[0] != Other || h.Protocol() != trace.Protocol(x.name) || h.Prelude() != nil {
				t.Errorf("%q, %d bytes at a time: %v, %s", x.first, n, h.verdicts[0], h.Protocol())
			}
		}
	}
}

func TestWhatWasNeverSettledIsGuessedAt(t *testing.T) {
	for first, want := range map[string]trace.Protocol{"": trace.ProtocolSilent, "hi": "plain text", "\x00": "binary", "220 hi\r\n": "SMTP or FTP", "220 FTP here\r\n": "FTP"} {
		if got := listen(whole, s(first)).Protocol(); got != want {
			t.Errorf("%q is called %s", first, got)
		}
	}
}

func TestAGapIsSurvivedByLines(t *testing.T) {
	h := listen(whole, s("220 mx\r\n"), c("EHLO x\r\n"))
	h.Gap(capture.BtoA, 30)
	h.Take(capture.BtoA, capture.Mark{Frame: 4}, []byte("0-SIZE\r\n250 STARTTLS\r\n"))
	h.Take(capture.AtoB, capture.Mark{Frame: 5}, []byte("STARTTLS\r\n"))
	h.Gap(capture.BtoA, 0)
	if v, rest := h.Take(capture.AtoB, capture.Mark{Frame: 6}, []byte(clientTLS)); v != Begins || len(rest) != 1 {
		t.Errorf("the client: %v", v)
	}
	v, rest := h.Take(capture.BtoA, capture.Mark{Frame: 7}, []byte(serverTLS))
	if v != Begins || string(rest[0].Bytes) != serverTLS || !h.Prelude().Upgraded {
		t.Errorf("the server: %v, %+v", v, h.Prelude())
	}
}

func TestAGapEndsADialogueOfLengths(t *testing.T) {
	h := listen(whole, c(ldapRequest))
	h.Gap(capture.BtoA, 3)
	if v, _ := h.Take(capture.BtoA, capture.Mark{Frame: 2}, []byte("\x02\x01\x01")); v != None {
		t.Error(v)
	}
	if p := h.Prelude(); p.Refused != "bytes of the dialogue are missing in the capture" {
		t.Errorf("%+v", p)
	}
}

func TestNothingOfALongDialogueIsKept(t *testing.T) {
	h := listen(whole, s("* OK hi\r\n"))
	long := bytes.Repeat([]byte("x"), 1<<16)
	for range 64 {
		h.Take(capture.AtoB, capture.Mark{}, long)
		h.Take(capture.BtoA, capture.Mark{}, long)
	}
	talk := h.layer.(*talk)
	for _, l := range talk.sides {
		if cap(l.head) > 2*maxHead || cap(l.tail) > 1<<17 {
			t.Errorf("%d and %d bytes are kept", cap(l.head), cap(l.tail))
		}
	}
}

func FuzzDialogue(f *testing.F) {
	for _, x := range upgrades {
		var b []byte
		for _, said := range append(x.talk, c(clientTLS), s(serverTLS)) {
			b = append(b, byte(said.dir), byte(len(said.text)), byte(len(said.text)>>8))
			b = append(b, said.text...)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, byByte := New(), New()
		var given, begun, begunByByte [2]int
		for len(b) >= 3 {
			dir, n := capture.Direction(b[0]&1), int(b[1])|int(b[2])<<8
			if b[0]&0x80 != 0 {
				h.Gap(dir, int64(n))
				byByte.Gap(dir, int64(n))
				b = b[3:]
				continue
			}
			b = b[3:]
			n = min(n, len(b))
			v, rest := h.Take(dir, capture.Mark{}, b[:n])
			for _, p := range rest {
				begun[dir] += len(p.Bytes)
			}
			if v != Begins && rest != nil {
				t.Fatal("pieces without TLS")
			}
			for i := range n {
				_, rest := byByte.Take(dir, capture.Mark{}, b[i:i+1])
				for _, p := range rest {
					begunByByte[dir] += len(p.Bytes)
				}
			}
			given[dir] += n
			b = b[n:]
		}
		for dir := range given {
			if begun[dir] > given[dir] {
				t.Fatalf("%d bytes of TLS in %d", begun[dir], given[dir])
			}
		}
		if begun != begunByByte {
			t.Fatalf("TLS is %d bytes whole, %d byte by byte", begun, begunByByte)
		}
		h.Prelude()
		h.Protocol()
	})
}

func TestTheProxysSignatureIsTheSpecifications(t *testing.T) {
	want, _ := hex.DecodeString("0d0a0d0a000d0a515549540a")
	if signature2 != string(want) {
		t.Errorf("%x", signature2)
	}
}
