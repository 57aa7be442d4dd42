package dissect_test

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// TLS that a dialogue in clear leads to is dissected as any other, and stands
// where it stands in the streams.
func TestTLSBehindADialogue(t *testing.T) {
	s := newScript(t, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256)
	dialogue := []heard{
		{capture.BtoA, []byte("220 mail.test ESMTP\r\n")}, {capture.AtoB, []byte("EHLO client.test\r\n")},
		{capture.BtoA, []byte("250-mail.test\r\n250 STARTTLS\r\n")}, {capture.AtoB, []byte("STARTTLS\r\n")}, {capture.BtoA, []byte("220 go ahead\r\n")},
	}
	s.said = append(s.said, dialogue...)
	s.handshake(s.hello(), []byte{})
	s.talk()
	c := told(withKey(t), s.said)
	opened(t, c, 1, 1)
	if c.Prelude == nil || !c.Prelude.Upgraded || c.Prelude.Protocol != "SMTP" || c.Protocol != trace.ProtocolTLS {
		t.Errorf("%s", words(c))
	}
	before := int64(len("EHLO client.test\r\nSTARTTLS\r\n"))
	if e := c.Events[1]; e.Place.Offset != before || e.Place.Frame != 7 {
		t.Errorf("the hello stands at %+v, not at %d", e.Place, before)
	}
}

// Who is client is told by what was said, and not by who opened the connection or
// was seen first.
func TestWhoIsClientIsToldByTLS(t *testing.T) {
	s := newScript(t, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256)
	s.handshake(s.hello(), []byte{})
	s.talk()
	var turned []heard
	for _, h := range s.said {
		turned = append(turned, heard{1 - h.direction, h.bytes})
	}
	c := told(withKey(t), turned)
	opened(t, c, 1, 1)
	if !c.Sided || c.Client != serverAddress || c.Server != clientAddress {
		t.Errorf("%s", words(c))
	}
	late := toldOf(dissect.NewKeyring(), capture.Connection{Number: 1, A: serverAddress, B: clientAddress, Begin: capture.Mark{Frame: 1, Time: beginning}}, turned[2:])
	if !late.Sided || late.Client != clientAddress {
		t.Errorf("from the ServerKeyExchange on: %s", words(late))
	}
}

// What speaks no TLS is named, and nothing is told of it.
func TestWhatIsNoTLSIsNamed(t *testing.T) {
	for text, want := range map[string]trace.Protocol{
		"GET / HTTP/1.1\r\n\r\n": trace.ProtocolHTTP, "SSH-2.0-OpenSSH_9\r\n": "SSH", "": trace.ProtocolSilent,
		"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x20\x21": trace.ProtocolUnknown,
		"\x16\x03": trace.ProtocolUnknown,
	} {
		var said []heard
		if text != "" {
			said = append(said, heard{capture.AtoB, []byte(text)})
		}
		c := told(dissect.NewKeyring(), said)
		if c.Protocol != want || count(c, trace.Message) != 0 {
			t.Errorf("%q is %s and not %s: %s", text, c.Protocol, want, words(c))
		}
	}
	hello := newScript(t, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256)
	hello.handshake(hello.hello(), nil)
	c := told(dissect.NewKeyring(), []heard{hello.said[0], {capture.BtoA, []byte("HTTP/1.1 400 Bad Request\r\n\r\n")}})
	if r := find[trace.RecordDetail](c, trace.Record); len(r) != 1 || r[0].Why != "no record of TLS begins here, but what looks like HTTP" || c.Protocol != trace.ProtocolTLS {
		t.Errorf("HTTP in answer to TLS: %s", words(c))
	}
}

// Connections of a file resume each other's sessions, and the file brings the
// secrets along.
func TestACaptureFileWithItsSecrets(t *testing.T) {
	a, b := long(t, kinds[1].version, kinds[1].suite), long(t, kinds[3].version, kinds[3].suite)
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Secrets(capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: append(a.log, b.log...)}); err != nil {
		t.Fatal(err)
	}
	for i, l := range []live{a, b} {
		client := netip.AddrPortFrom(clientAddress.Addr(), uint16(40_000+i))
		r := capture.NewRecorder(w, client, serverAddress, capture.RecorderOptions{})
		r.Open(beginning)
		for _, h := range l.heard {
			r.Send(h.direction, beginning, h.bytes)
		}
		r.Close(capture.AtoB, beginning)
		r.Close(capture.BtoA, beginning)
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	all := dissected(t, file.Bytes(), dissect.NewKeyring())
	if len(all) != 2 {
		t.Fatalf("%d connections", len(all))
	}
	for i, c := range all {
		opened(t, c, 8, 5)
		agree(t, []live{a, b}[i].events, c)
	}
}
