package fields_test

import (
	"testing"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/report/fields"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

func TestWhatHasNoBytesIsToldInWords(t *testing.T) {
	for name, c := range map[string]struct {
		detail any
		want   map[string]string
	}{
		"keys": {trace.KeysDetail{Version: wire.VersionTLS12, SuiteID: wire.TLS_RSA_WITH_AES_128_CBC_SHA, Locked: "no key was given"},
			map[string]string{"version": "TLS 1.2", "cipher suite": "TLS_RSA_WITH_AES_128_CBC_SHA (0x002f)", "not opened": "no key was given"}},
		"handshake": {trace.HandshakeDetail{Version: wire.VersionTLS12, Group: wire.GroupX25519, ServerName: "device.example", ALPN: "h2", Resumed: true, Unverified: true},
			map[string]string{"group": "x25519", "server_name": "device.example", "ALPN": "h2", "resumed": "yes", "client certificate": "no",
				"Finished": "not read: that it ended well is concluded from what followed"}},
		"second hello": {trace.SecondHelloDetail{Kind: renego.KindReset, Proof: []string{"no renegotiation_info"}, HeaderVersion: wire.VersionTLS10, WhyNotResumed: "no session is offered"},
			map[string]string{"kind": "reset", "proof": "no renegotiation_info", "record header version": "TLS 1.0 (0x0301)", "resumes the session in use": "no", "why not": "no session is offered"}},
		"sealed second hello": {trace.SecondHelloDetail{}, map[string]string{"kind": "not known: no key opens it"}},
		"answer":              {trace.AnsweredDetail{Answer: renego.AnswerRefuse, Reason: "bare"}, map[string]string{"answer": "refuse", "reason": "bare"}},
		"data": {trace.DataDetail{FromClient: 12, Sealed: true}, map[string]string{"from the client": "12 bytes", "to the client": "0 bytes",
			"encrypted": "not opened: the bytes counted are those of the records' fragments"}},
		"gap":     {trace.GapDetail{Why: trace.GapLost}, map[string]string{"missing": "lost"}},
		"end":     {trace.EndDetail{How: trace.EndReset, Odd: "its TTL is 63"}, map[string]string{"how": "reset", "odd": "its TTL is 63"}},
		"failure": {trace.FailureDetail{Finding: "record-mac", Reason: "bad"}, map[string]string{"finding": "record-mac", "reason": "bad"}},
	} {
		got := fields.Of(trace.Event{Detail: c.detail})
		for field, want := range c.want {
			if f := find(t, got, field); f.Value != want || f.Offset != -1 {
				t.Errorf("%s: %+v, not %q", name, f, want)
			}
		}
	}
}

func TestMessagesOfWhichNothingWasKeptAreToldByWhatWasRead(t *testing.T) {
	for name, c := range map[string]struct {
		detail      trace.MessageDetail
		field, want string
	}{
		"ServerKeyExchange":  {trace.MessageDetail{Parsed: &wire.ServerKeyExchange{Group: wire.GroupX25519, Scheme: wire.SchemeRSAPKCS1SHA256}}, "algorithm", "rsa_pkcs1_sha256"},
		"CertificateRequest": {trace.MessageDetail{Parsed: &wire.CertificateRequest{Authorities: [][]byte{{1}}}}, "certificate_authorities", "1 name"},
		"Certificate":        {trace.MessageDetail{Parsed: &wire.Certificate{Chain: [][]byte{{1, 2}}}}, "ASN.1Cert", "2 bytes"},
		"Finished":           {trace.MessageDetail{Type: wire.MessageFinished}, "verify_data", "not shown"},
		"damaged":            {trace.MessageDetail{Fault: "it ends too early"}, "cannot be read to its end", "it ends too early"},
		"ServerHello":        {trace.MessageDetail{Type: wire.MessageServerHello, Parsed: &wire.ServerHello{Raw: (&wire.ServerHello{Version: wire.VersionTLS11}).Marshal()}}, "server_version", "TLS 1.1 (0x0302)"},
	} {
		if f := find(t, fields.Of(trace.Event{Detail: c.detail}), c.field); f.Value != c.want {
			t.Errorf("%s: %+v, not %q", name, f, c.want)
		}
	}
}

func TestExtensionsAreToldInWords(t *testing.T) {
	for name, c := range map[string]struct {
		from      wire.MessageType
		extension wire.Extension
		want      string
	}{
		"max_fragment_length":    {wire.MessageClientHello, wire.Extension{Type: 1, Data: []byte{2}}, "1024 bytes"},
		"status_request":         {wire.MessageClientHello, wire.Extension{Type: 5, Data: []byte{1, 0, 0, 0, 0}}, "asks for an OCSP response"},
		"heartbeat":              {wire.MessageClientHello, wire.Extension{Type: 15, Data: []byte{1}}, "peer_allowed_to_send (1)"},
		"padding":                {wire.MessageClientHello, wire.Extension{Type: 21, Data: make([]byte, 7)}, "7 zeros"},
		"psk_key_exchange_modes": {wire.MessageClientHello, wire.Extension{Type: 45, Data: []byte{2, 0, 1}}, "psk_ke, psk_dhe_ke"},
		"key_share":              {wire.MessageClientHello, wire.Extension{Type: 51, Data: []byte{0, 7, 0, 29, 0, 3, 1, 2, 3}}, "x25519"},
		"pre_shared_key":         {wire.MessageServerHello, wire.Extension{Type: 41, Data: []byte{0, 1}}, "identity 1 is taken"},
		"supported_versions":     {wire.MessageServerHello, wire.Extension{Type: 43, Data: []byte{3, 4}}, "TLS 1.3 (0x0304)"},
		"server_name":            {wire.MessageServerHello, wire.Extension{Type: 0}, "empty: the name was used"},
		"session_ticket":         {wire.MessageServerHello, wire.Extension{Type: 35}, "empty: a ticket will come"},
		"cookie":                 {wire.MessageClientHello, wire.Extension{Type: 44, Data: []byte{0, 1, 9}}, "3 bytes, not shown"},
		"GREASE 0x0a0a":          {wire.MessageClientHello, wire.Extension{Type: 0x0a0a}, "present, empty"},
	} {
		var m wire.Message
		if c.from == wire.MessageClientHello {
			m = (&wire.ClientHello{CipherSuites: []wire.SuiteID{0x0a0a}, CompressionMethods: []uint8{1}, HasExtensions: true, Extensions: []wire.Extension{c.extension}}).Marshal()
		} else {
			m = (&wire.ServerHello{HasExtensions: true, Extensions: []wire.Extension{c.extension}}).Marshal()
		}
		if f := find(t, fields.Of(event(m)), name); f.Value != c.want {
			t.Errorf("%s: %+v, not %q", name, f, c.want)
		}
	}
}

func TestAHelloOfSSL20IsTakenApart(t *testing.T) {
	old := hello()
	old.SSL2Format = true
	got := fields.Of(trace.Event{Detail: trace.MessageDetail{Type: wire.MessageClientHello, Hello: &wire.ClientHello{SSL2Format: true, Raw: old.Marshal()}}})
	for name, want := range map[string]string{
		"msg_type": "ClientHello (1), in the format of SSL 2.0", "cipher_specs": "2 cipher specs", "session_id": "12 bytes, not shown", "challenge": "32 bytes",
	} {
		if f := find(t, got, name); f.Value != want {
			t.Errorf("%s: %+v, not %q", name, f, want)
		}
	}
}
