package sanitize_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/trace"
)

// A said is one side's words.
type said struct {
	d    capture.Direction
	text string
}

func c(text string) said { return said{capture.AtoB, text} }
func s(text string) said { return said{capture.BtoA, text} }

const (
	startTLS  = "1.3.6.1.4.1.1466.20037"
	signature = "\r\n\r\n\x00\r\nQUIT\n"
)

// talks lead to TLS, or do not; secret words stand in capitals and are in no other place.
var talks = map[string][]said{
	"SMTP": {
		s("220-mx.SECRETHOST.example ESMTP\r\n220 welcome to SECRETBANNER\r\n"), c("EHLO printer.SECRETHOST.example\r\n"),
		s("250-mx.SECRETHOST.example hello [203.0.113.77]\r\n250-PIPELINING\r\n250 STARTTLS\r\n"),
		c("STARTTLS\r\n"), s("220 2.0.0 Ready to start TLS\r\n"),
	},
	"SMTP refused": {
		s("220 mx.SECRETHOST.example\r\n"), c("EHLO SECRETDEVICE\r\n"), s("250 hello\r\n"), c("STARTTLS\r\n"), s("454 4.7.0 no TLS for SECRETDEVICE\r\n"),
		c("MAIL FROM:<SECRETUSER@SECRETHOST.example>\r\n"), s("250 ok\r\n"),
	},
	"IMAP": {
		s("* OK [CAPABILITY IMAP4rev1 STARTTLS] SECRETBANNER ready\r\n"), c("a1 LOGIN {12}\r\n"), s("+ go on\r\n"), c("SECRETDEVICE {3+}\r\nabc\r\n"), s("a1 NO no\r\n"),
		c("a2 STARTTLS\r\n"), s("a2 OK Begin TLS\r\n"),
	},
	"POP3":       {s("+OK SECRETBANNER\r\n"), c("CAPA\r\n"), s("+OK\r\nSTLS\r\nUIDL\r\n.\r\n"), c("STLS\r\n"), s("+OK begin\r\n")},
	"FTP":        {s("220 SECRETBANNER\r\n"), c("FEAT\r\n"), s("211-Features:\r\n UTF8\r\n211 End\r\n"), c("AUTH TLS\r\n"), s("234 go\r\n")},
	"LDAP":       {c("\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + startTLS), s("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00")},
	"LDAP bind":  {c("\x30\x1c\x02\x01\x01\x60\x17\x02\x01\x03\x04\x04cn=x\x80\x0cSECRETDEVICE"), s("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x31\x04\x00\x04\x00")},
	"PostgreSQL": {c("\x00\x00\x00\x08\x04\xd2\x16\x30"), s("N"), c("\x00\x00\x00\x08\x04\xd2\x16\x2f"), s("S")},
	"MySQL": {
		s("\x4b\x00\x00\x00\x0a8.0.36-SECRET\x00\x01\x00\x00\x00saltsalt\x00\xff\xff\xff\x02\x00\xff\xdf\x15" + strings.Repeat("\x00", 10) + "moresaltmore\x00caching_sha2_pas\x00"),
		c("\x20\x00\x00\x01\x85\xae\xff\x19\x00\x00\x00\x01\x2d" + strings.Repeat("\x00", 23)),
	},
	"XMPP": {
		c("<?xml version='1.0'?><stream:stream to='SECRETHOST.example' xmlns='jabber:client'>"),
		s("<?xml version='1.0'?><stream:stream id='SECRETBANNER'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"),
		c("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), s("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
	},
	"RDP": {
		c("\x03\x00\x00\x32\x27\xe0\x00\x00\x00\x00\x00Cookie: mstshash=SECRETDEVICE\r\n\x01\x00\x08\x00\x03\x00\x00\x00"),
		s("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x01\x00\x00\x00"),
	},
	"RDP balanced": {c("\x03\x00\x00\x1b\x16\xe0\x00\x00\x00\x00\x00SECRETDEVICE\x00\x00\x00\x00")},
	"RDP cut":      {c("\x03\x00\x00\x1e\x19\xe0\x00\x00\x00\x00\x00Cookie:SECRETDEVICE")},
	"numbers":      {c("HELLO PIN:47119 id:98765\r\nX: 00:50:56:12:34:78\r\nthe host.example:8443 at 17:33:49.\r\n")},
	"CONNECT": {
		c("CONNECT www.SECRETHOST.example:443 HTTP/1.1\r\nHost: www.SECRETHOST.example:443\r\n\r\n"),
		s("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 12\r\n\r\nSECRETBANNER"),
		c("CONNECT www.SECRETHOST.example:443 HTTP/1.1\r\nProxy-Authorization: Basic SECRETUSER==\r\n\r\n"), s("HTTP/1.1 200 Connection established\r\n\r\n"),
	},
	"PROXY v1": {c("PROXY TCP4 203.0.113.77 198.51.100.177 56324 443\r\n")},
	"PROXY v2": {c(signature + "\x21\x11\x00\x13\xcb\x00\x71\x4d\xc6\x33\x64\xb1\xdc\x04\x01\xbb\x02\x00\x04host")},
	"HTTP":     {c("GET /SECRETDEVICE HTTP/1.1\r\nHost: SECRETHOST.example\r\nCookie: SECRETUSER\r\n\r\n"), s("HTTP/1.1 400 Bad Request\r\nServer: SECRETBANNER\r\n\r\n")},
	"SSH":      {s("SSH-2.0-SECRETBANNER\r\n"), c("SSH-2.0-SECRETDEVICE\r\n")},
	"nothing":  {c("\x00\x01\x02\x03SECRETDEVICE\xff\xfe"), s("\x7fSECRETBANNER\x00\x00")},
}

// opening is how the founding client and its server begin.
func opening(t *testing.T) []said {
	t.Helper()
	var all script
	r, err := capture.NewReader(bytes.NewReader(read(t, captures+"founding-tls12.pcap")), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	streams := capture.NewAssembler(func(capture.Connection) capture.Sink { return &all }, capture.Limits{})
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		streams.Add(p)
	}
	streams.Finish()
	return all.said[:4]
}

// A script is a sink that notes what is said.
type script struct{ said []said }

func (x *script) Bytes(d capture.Direction, _ capture.Mark, b []byte) {
	x.said = append(x.said, said{d, string(b)})
}
func (*script) Gap(capture.Direction, capture.Mark, int64, trace.GapReason) {}
func (*script) End(capture.Direction, capture.Mark, trace.End, string)      {}
func (*script) Finish(capture.Mark)                                         {}

// asCapture is a talk as a capture, in packets of n bytes.
func asCapture(t *testing.T, talk []said, n int) []byte {
	t.Helper()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return capturetest.Record(t, "203.0.113.77:56324", "198.51.100.177:443", capture.RecorderOptions{MSS: n}, func(r *capture.Recorder) {
		r.Open(at)
		for i, x := range talk {
			r.Send(x.d, at.Add(time.Duration(i)*time.Millisecond), []byte(x.text))
		}
		r.Close(capture.AtoB, at.Add(time.Second))
		r.Close(capture.BtoA, at.Add(time.Second))
	}).Pcapng(t, capture.WriterOptions{})
}

func TestDialoguesKeepTheirCommandsAlone(t *testing.T) {
	secrets := []string{"SECRETHOST", "SECRETBANNER", "SECRETDEVICE", "SECRETUSER", "SECRET", "203.0.113.77", "198.51.100.177", "\xcb\x00\x71\x4d", "\xc6\x33\x64\xb1", "saltsalt",
		":47119", ":98765", ":56:12:34:78", ":33:49"}
	tls := opening(t)
	for name, talk := range talks {
		for _, n := range []int{1460, 7, 1} {
			file := asCapture(t, append(talk[:len(talk):len(talk)], tls...), n)
			made := sanitized(t, file, sanitize.Options{})
			for _, secret := range secrets {
				if bytes.Contains(joined(t, made), []byte(secret)) {
					t.Errorf("%s, in packets of %d: %q is left", name, n, secret)
				}
			}
			was, is := shape(told(t, file, dissect.NewKeyring(), true)), shape(told(t, made, dissect.NewKeyring(), true))
			if was != is {
				t.Errorf("%s, in packets of %d: %s", name, n, difference(was, is))
			}
		}
	}
}

// joined is a file, and both streams of its connections.
func joined(t *testing.T, file []byte) []byte {
	t.Helper()
	out := bytes.Clone(file)
	for d := range 2 {
		var all script
		streams := capture.NewAssembler(func(capture.Connection) capture.Sink { return &all }, capture.Limits{})
		list, _ := frames(t, file)
		for _, p := range list {
			streams.Add(p)
		}
		streams.Finish()
		for _, x := range all.said {
			if x.d == capture.Direction(d) {
				out = append(out, x.text...)
			}
		}
	}
	return out
}
