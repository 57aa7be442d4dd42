package page_test

import (
	"encoding/pem"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// secret is what no page may show, in whatever form.
const secret = "\xfe\xed\xfa\xce\xca\xfe\xbe\xef\xfe\xed\xfa\xce\xca\xfe\xbe\xef"

// A teller makes a conversation's events, one frame after another.
type teller struct {
	events []trace.Event
	frame  int
	at     time.Duration
	offset map[trace.Side]int64
}

// frames lets packets go by that nothing is told of.
func (t *teller) pass(frames int, d time.Duration) *teller {
	t.frame += frames
	t.at += d
	return t
}

func (t *teller) tell(from trace.Side, name trace.EventName, length int, detail any) *teller {
	if t.offset == nil {
		t.offset = map[trace.Side]int64{}
	}
	t.events = append(t.events, trace.Event{
		Conn: 1, At: t.at, From: from, Name: name, Detail: detail,
		Place: trace.Place{Frame: t.frame, Last: t.frame, Offset: t.offset[from], Length: length},
	})
	t.offset[from] += int64(length)
	return t
}

func (t *teller) message(from trace.Side, m wire.Message, d trace.MessageDetail) *teller {
	d.Type, d.Length, d.Raw = m.Type(), len(m), m
	if d.Type == wire.MessageClientHello {
		d.Hello, _ = wire.ParseClientHello(m)
	}
	return t.tell(from, trace.Message, len(m)+wire.RecordHeaderLen, d)
}

// unseen is a message of which no bytes were kept.
func (t *teller) unseen(from trace.Side, what wire.MessageType, n int, parsed any) *teller {
	return t.tell(from, trace.Message, n, trace.MessageDetail{Type: what, Length: n, Parsed: parsed})
}

func clientHello(serverName string, session []byte) wire.Message {
	h := &wire.ClientHello{
		Version: wire.VersionTLS12, SessionID: session, CompressionMethods: []uint8{0}, HasExtensions: true,
		CipherSuites: []wire.SuiteID{0xc030, 0xc02c, 0xc028, 0xc014, 0xc00a, 0x009f, 0x006b, 0x0039, 0x009d, 0x003d, 0x0035, 0x000a, 0x00ff},
		Extensions: []wire.Extension{
			wire.ServerNameExtension(serverName),
			wire.PointFormatsExtension([]uint8{0, 1, 2}),
			wire.GroupsExtension([]wire.Group{14, 13, 25, 24, 23}),
			wire.SessionTicketExtension(nil),
			wire.SignatureAlgorithmsExtension([]wire.SignatureScheme{0x0601, 0x0501, 0x0401, 0x0301, 0x0201}),
		},
	}
	for i := range h.Random {
		h.Random[i] = byte(7 * i)
	}
	return h.Marshal()
}

func serverHello() wire.Message {
	h := &wire.ServerHello{Version: wire.VersionTLS12, CipherSuite: 0x009d, HasExtensions: true, Extensions: []wire.Extension{wire.RenegotiationInfoExtension(nil), wire.SessionTicketExtension(nil)}}
	return h.Marshal()
}

func certificate(t testing.TB) wire.Message {
	t.Helper()
	text, err := os.ReadFile("../../../testdata/captures/server.crt")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	return (&wire.Certificate{Chain: [][]byte{block.Bytes}}).Marshal()
}

// opening tells a full handshake and 4 KiB each way.
func opening(t testing.TB, tell *teller, serverName string) {
	keys := trace.KeysDetail{Version: wire.VersionTLS12, SuiteID: 0x009d, Locked: "no key was given"}
	hello := clientHello(serverName, nil)
	tell.pass(4, 162*time.Microsecond).message(trace.Client, hello, trace.MessageDetail{})
	sh, _ := wire.ParseServerHello(serverHello())
	cert := certificate(t)
	chain, _ := wire.ParseCertificate(cert)
	tell.pass(2, 183*time.Microsecond).message(trace.Server, serverHello(), trace.MessageDetail{Parsed: sh})
	tell.message(trace.Server, cert, trace.MessageDetail{Parsed: chain}).message(trace.Server, wire.ServerHelloDone(), trace.MessageDetail{})
	tell.pass(2, 247*time.Microsecond).unseen(trace.Client, wire.MessageClientKeyExchange, 262, nil).tell(trace.Client, trace.Keys, 6, keys)
	tell.tell(trace.Client, trace.Record, 45, sealed(wire.TypeHandshake, wire.VersionTLS12, 40))
	tell.pass(1, 1196*time.Microsecond).unseen(trace.Server, wire.MessageNewSessionTicket, 170, &wire.NewSessionTicket{LifetimeHint: 300, Ticket: []byte(secret)})
	tell.tell(trace.Server, trace.Keys, 6, keys).tell(trace.Server, trace.Record, 45, sealed(wire.TypeHandshake, wire.VersionTLS12, 40))
	tell.tell(trace.Nobody, trace.HandshakeDone, 0, trace.HandshakeDetail{Version: wire.VersionTLS12, SuiteID: 0x009d, SecureRenegotiation: true, Unverified: true})
	tell.pass(1, 126*time.Microsecond).tell(trace.Client, trace.Data, 4125, trace.DataDetail{FromClient: 4096, Sealed: true, Records: 1})
	tell.pass(1, 141*time.Microsecond).tell(trace.Server, trace.Data, 4125, trace.DataDetail{ToClient: 4096, Sealed: true, Records: 1})
}

func sealed(t wire.ContentType, header wire.Version, n int) trace.RecordDetail {
	return trace.RecordDetail{Type: t, Header: header, Negotiated: wire.VersionTLS12, Length: n, Sealed: true, Why: "no key was given"}
}

var began = time.Date(2026, 9, 14, 8, 31, 12, 345678000, time.UTC)

// founding is the founding case on TLS 1.2, without a key.
func founding(t testing.TB, number int) *diagnose.Diagnosis {
	tell := &teller{}
	opening(t, tell, "device.example.net")
	tell.pass(1, 102*time.Microsecond).tell(trace.Client, trace.Record, 518, sealed(wire.TypeHandshake, wire.VersionTLS10, 513))
	tell.tell(trace.Client, trace.SecondHello, 0, trace.SecondHelloDetail{Count: 1, FromClient: 4096, ToClient: 4096, HeaderVersion: wire.VersionTLS10})
	tell.pass(1, 44*time.Microsecond).tell(trace.Server, trace.Record, 31, sealed(wire.TypeAlert, wire.VersionTLS12, 26))
	tell.pass(1, 251*time.Microsecond).tell(trace.Client, trace.Closed, 0, trace.EndDetail{How: trace.EndFIN})
	tell.pass(1, 22*time.Microsecond).tell(trace.Server, trace.Closed, 0, trace.EndDetail{How: trace.EndReset})
	return &diagnose.Diagnosis{
		Conversation: &trace.Conversation{
			Number: number, Client: netip.MustParseAddrPort("192.168.10.24:37568"), Server: netip.MustParseAddrPort("10.0.0.5:443"), Sided: true,
			Start: began, Duration: 2474 * time.Microsecond, First: 1, Last: 15, Protocol: trace.ProtocolTLS, Events: tell.events,
		},
		Facts: diagnose.Facts{
			Version: "TLS 1.2", Suite: "TLS_RSA_WITH_AES_256_GCM_SHA384", KeyExchange: "RSA", ServerName: "device.example.net",
			JA3: "f2a1c0de86f0ad7c5f1bbf5ee2d0e2a1", JA4: "t12d130500_c2b1a9e33c61_4f7ed1c2f00b",
			Library: "OpenSSL 1.0.1d to 1.0.2", LibraryGrounds: "version 0x0301 on the record of a later hello",
			FromClient: 4096, ToClient: 4096, Sealed: true, Locked: "no key was given; an RSA key opens this connection",
		},
		Findings: []diagnose.Finding{{
			ID: "reneg-reset-hello", Level: diagnose.Failure, Culprit: diagnose.CulpritClient, Confidence: diagnose.Likely,
			Sentence: "The client began its handshake again inside the connection, and the server ended it.",
			Cause:    "The application reset its SSL object and ran the handshake anew, instead of calling SSL_renegotiate. The keys of the connection are still in use, so the hello is encrypted with them, yet it looks like a first hello.",
			Frames:   []int{12, 13}, At: 2157 * time.Microsecond,
			Proof: []diagnose.Proof{
				{Frame: 12, Field: "record type", Value: "handshake, after both sides had finished theirs", Bytes: []byte{0x16}},
				{Frame: 12, Field: "record header version", Value: "0x0301 (TLS 1.0), while the connection speaks TLS 1.2", Bytes: []byte{3, 1}},
				{Frame: 12, Field: "length", Value: "513: what the first hello comes to with the ticket of frame 9 in it, and AES-GCM’s 24 bytes", Bytes: []byte{2, 1}},
				{Frame: 13, Field: "the server’s answer", Value: "an encrypted alert, then a reset"},
			},
			RuledOut: []diagnose.RuledOut{
				{What: "The server asked for it", Why: "no HelloRequest fits between frames 9 and 12: the server sent one record of data and nothing else"},
				{What: "A hello in clear, after the client forgot its keys", Why: "the record of frame 12 does not begin as a ClientHello does"},
				{What: "A renegotiation by RFC 5746", Why: "OpenSSL stamps 0x0303 on those, and the hello would be 12 bytes longer"},
			},
			Others: []diagnose.Other{
				{Server: "OpenSSL 1.0.1 to 3.x (nginx, HAProxy, Apache)", Answer: "wrong version number; fatal protocol_version (70)"},
				{Server: "GnuTLS 3.7, also in its unsafe modes", Answer: "fatal alert: the client had signalled RFC 5746"},
				{Server: "Java, Go", Answer: "fatal alert"},
				{Server: "Parley", Answer: "answers it, if it resumes the session in use"},
			},
			Remedies: []diagnose.Remedy{
				{Where: "Parley", Setting: "nothing to set: --reset accept is the default, and accepts the hello because it resumes the session of this very connection", Safe: true},
				{Where: "the client", Setting: "Call SSL_renegotiate(ssl), then SSL_do_handshake(ssl), instead of SSL_clear or SSL_set_connect_state on an open connection.", Safe: true},
			},
			Missing: []string{"The second hello itself, which is encrypted. With the server’s RSA key (--key server.key) this connection can be read, and the finding becomes sure."},
		}, {
			ID: "suite-weak", Level: diagnose.Risk, Culprit: diagnose.CulpritNone, Confidence: diagnose.Sure,
			Sentence: "The key exchange is RSA: who has the server’s key, now or later, can read this connection.",
			Frames:   []int{6},
			Proof:    []diagnose.Proof{{Frame: 6, Field: "cipher_suite", Value: "TLS_RSA_WITH_AES_256_GCM_SHA384 (0x009d)", Bytes: []byte{0, 0x9d}}},
		}},
		Charges: []diagnose.Charge{
			{What: "asked for a renegotiation (HelloRequest)", Verdict: diagnose.DidNot, Why: "no handshake record of the server between its Finished and the client’s hello", Frames: []int{9, 12}},
			{What: "sent data across the hello", Verdict: diagnose.DidNot, Why: "its last data came 0.102 ms before the hello, and was acknowledged", Frames: []int{11}},
			{What: "closed without close_notify", Verdict: diagnose.Did, Why: "after its alert, which ends the connection as RFC 5246 wants it: not a cause", Frames: []int{15}},
			{What: "refused to resume a session", Verdict: diagnose.Unknown, Why: "the hello is encrypted: whether it offered one cannot be seen", Frames: []int{12}},
			{What: "has a short timeout", Verdict: diagnose.DidNot, Why: "all took 2.5 ms"},
		},
	}
}

// healthy is a connection that ends well.
func healthy(t testing.TB, number int) *diagnose.Diagnosis {
	tell := &teller{}
	opening(t, tell, "device.example.net")
	tell.pass(1, 3*time.Second).tell(trace.Client, trace.AlertEvent, 31, trace.AlertDetail{Level: wire.LevelWarning, Alert: wire.AlertCloseNotify})
	tell.pass(1, time.Millisecond).tell(trace.Client, trace.Closed, 0, trace.EndDetail{How: trace.EndFIN, CloseNotify: true})
	tell.pass(1, time.Millisecond).tell(trace.Server, trace.Closed, 0, trace.EndDetail{How: trace.EndFIN})
	return &diagnose.Diagnosis{
		Conversation: &trace.Conversation{
			Number: number, Client: netip.MustParseAddrPort("[2001:db8:1234:5678:9abc:def0:1234:5678]:50022"), Server: netip.MustParseAddrPort("[2001:db8::5]:443"), Sided: true,
			Start: began.Add(time.Second), Duration: 3 * time.Second, First: 1, Last: 14, Protocol: trace.ProtocolTLS, Events: tell.events,
		},
		Facts: diagnose.Facts{Version: "TLS 1.2", Suite: "TLS_RSA_WITH_AES_256_GCM_SHA384", KeyExchange: "RSA", FromClient: 4096, ToClient: 4096},
		Findings: []diagnose.Finding{{
			ID: "healthy", Level: diagnose.Note, Culprit: diagnose.CulpritNone, Confidence: diagnose.Sure,
			Sentence: "The connection began, carried data and ended as it should.",
		}},
	}
}

// accepted is a live connection of which the server itself tells.
func accepted(t testing.TB) *diagnose.Diagnosis {
	d := founding(t, 7)
	tell := &teller{}
	hello := clientHello("device.example.net", []byte(secret))
	parsed, _ := wire.ParseClientHello(hello)
	tell.message(trace.Client, hello, trace.MessageDetail{})
	tell.tell(trace.Client, trace.SecondHello, 0, trace.SecondHelloDetail{Kind: renego.KindReset, Proof: []string{"SCSV", "no renegotiation_info"}, Resumes: true, Count: 1, HeaderVersion: wire.VersionTLS10, Hello: parsed})
	tell.tell(trace.Nobody, trace.Answered, 0, trace.AnsweredDetail{Kind: renego.KindReset, Answer: renego.AnswerAccept, Bound: "session and reply"})
	for i := range tell.events {
		tell.events[i].Place = trace.Place{}
	}
	d.Conversation.Events = tell.events
	return d
}

// of makes the report of a capture.
func of(connections ...*diagnose.Diagnosis) *report.Report {
	r := &report.Report{
		Tool: "Parley v1.0.0",
		Source: report.Source{
			Name: "device-floor-3.pcap", Format: "pcap", SHA256: "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
			Bytes: 11532, Frames: 15, First: began, Last: began.Add(2474 * time.Microsecond),
		},
		Connections: connections,
		Total:       report.Total{Connections: len(connections), TLS: len(connections), Findings: map[string]int{}},
	}
	for _, c := range connections {
		switch {
		case c.Failed():
			r.Total.Failed++
		case c.Findings[0].Level == diagnose.Risk:
			r.Total.AtRisk++
		default:
			r.Total.Healthy++
		}
		for _, f := range c.Findings {
			r.Total.Findings[f.ID]++
		}
	}
	return r
}

// crowd is a capture of many connections, of which every third fails.
func crowd(t testing.TB, n int) *report.Report {
	var all []*diagnose.Diagnosis
	for i := range n {
		d := healthy(t, i+1)
		if i%3 == 1 {
			d = founding(t, i+1)
		}
		d.Conversation.Client = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 10, byte(20 + i%9)}), uint16(40000+i%20000))
		all = append(all, d)
	}
	r := of(all...)
	r.Survey = []diagnose.Remark{{
		Title: "Second hellos come every 4 MiB", Text: "In 12 of 13 connections the second hello came after 4.0 MiB from the client, whatever the time (spread: 4,194,304 to 4,198,400 bytes).",
		Connections: []int{2, 5, 8},
		Table:       [][]string{{"Client", "Second hellos", "Bytes before", "Seconds before"}, {"192.168.10.21", "5", "4,194,304", "12 to 611"}, {"192.168.10.24", "7", "4,194,304 to 4,198,400", "3 to 1,204"}},
	}, {
		Title: "Alike by fingerprint", Text: fmt.Sprintf("%d connections share one JA4: t12d130500_c2b1a9e33c61_4f7ed1c2f00b.", n/3),
	}}
	r.Missing = []string{"The capture began in the middle of 2 connections."}
	return r
}
