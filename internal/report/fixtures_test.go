package report_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// secret stands for what no report may show.
const secret = "\xc0\xff\xee\xc0\xff\xee"

var began = time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC)

func at(frame int) trace.Place { return trace.Place{Frame: frame, Last: frame} }

// talk builds a captured conversation, one event a frame.
type talk struct{ events []trace.Event }

func (t *talk) add(frame int, from trace.Side, name trace.EventName, detail any) {
	t.events = append(t.events, trace.Event{At: time.Duration(frame) * 200 * time.Microsecond, From: from, Name: name, Detail: detail, Place: at(frame)})
}

func (t *talk) message(frame int, from trace.Side, m wire.MessageType) {
	t.add(frame, from, trace.Message, trace.MessageDetail{Type: m})
}

func founderHello() *wire.ClientHello {
	return &wire.ClientHello{
		Version:            wire.VersionTLS12,
		CipherSuites:       []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_GCM_SHA256, wire.SuiteEmptyRenegotiationInfoSCSV},
		CompressionMethods: []uint8{0},
		HasExtensions:      true,
		Extensions:         []wire.Extension{wire.SessionTicketExtension(nil), wire.ServerNameExtension("plant.example")},
	}
}

func resetHello() *wire.ClientHello {
	h := founderHello()
	h.SessionID = []byte(secret)
	h.Extensions[0] = wire.SessionTicketExtension([]byte(secret + secret))
	return h
}

// firstHandshake is the founding client's, in frames 4 to 9.
func firstHandshake(locked string) *talk {
	t := &talk{}
	keys := trace.KeysDetail{Version: wire.VersionTLS12, SuiteID: wire.TLS_RSA_WITH_AES_128_GCM_SHA256, Suite: suite.ByID(wire.TLS_RSA_WITH_AES_128_GCM_SHA256), Locked: locked}
	if locked == "" {
		keys.Opened = "the RSA key server.key"
	}
	finished := func(frame int, from trace.Side) {
		if locked != "" {
			t.add(frame, from, trace.Record, trace.RecordDetail{Type: wire.TypeHandshake, Header: wire.VersionTLS12, Negotiated: wire.VersionTLS12, Length: 40, Sealed: true, Why: locked})
			return
		}
		t.message(frame, from, wire.MessageFinished)
	}
	t.add(1, trace.Nobody, trace.Opened, trace.OpenedDetail{})
	t.add(4, trace.Client, trace.Message, trace.MessageDetail{Type: wire.MessageClientHello, Hello: founderHello()})
	t.add(6, trace.Server, trace.Message, trace.MessageDetail{Type: wire.MessageServerHello, Parsed: &wire.ServerHello{Version: wire.VersionTLS12, CipherSuite: keys.SuiteID}})
	t.message(6, trace.Server, wire.MessageCertificate)
	t.message(6, trace.Server, wire.MessageServerHelloDone)
	t.message(8, trace.Client, wire.MessageClientKeyExchange)
	t.add(8, trace.Client, trace.Keys, keys)
	finished(8, trace.Client)
	t.message(9, trace.Server, wire.MessageNewSessionTicket)
	t.add(9, trace.Server, trace.Keys, keys)
	finished(9, trace.Server)
	t.add(9, trace.Nobody, trace.HandshakeDone, trace.HandshakeDetail{Version: wire.VersionTLS12, Suite: keys.Suite, SuiteID: keys.SuiteID, SecureRenegotiation: true, Unverified: locked != ""})
	return t
}

func conversation(number int, t *talk) *trace.Conversation {
	last := t.events[len(t.events)-1]
	return &trace.Conversation{
		Number: number, Sided: true, Protocol: trace.ProtocolTLS,
		Client: netip.MustParseAddrPort("192.0.2.17:37568"), Server: netip.MustParseAddrPort("198.51.100.4:443"),
		Start: began, Duration: last.At, First: 1, Last: last.Place.Frame, Events: t.events,
	}
}

// founder is the founding case, as a key opens it.
func founder(number int) *diagnose.Diagnosis {
	t := firstHandshake("")
	t.add(10, trace.Client, trace.Data, trace.DataDetail{FromClient: 4096, Records: 1})
	t.add(11, trace.Server, trace.Data, trace.DataDetail{ToClient: 4096, Records: 1})
	t.add(12, trace.Client, trace.Record, trace.RecordDetail{Type: wire.TypeHandshake, Header: wire.VersionTLS10, Negotiated: wire.VersionTLS12, Length: 513, Matched: wire.VersionTLS12})
	t.add(12, trace.Client, trace.Message, trace.MessageDetail{Type: wire.MessageClientHello, Length: 485, Hello: resetHello()})
	t.events = append(t.events, trace.Event{At: 2400 * time.Microsecond, Handshake: 1, From: trace.Client, Name: trace.SecondHello, Finding: "reneg-reset-hello", Place: at(12), Detail: trace.SecondHelloDetail{
		Kind: renego.KindReset, Resumes: true, HeaderVersion: wire.VersionTLS10, FromClient: 4096, ToClient: 4096, Count: 1, Hello: resetHello(),
		Proof: []string{"it opened under the keys in use", "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "no renegotiation_info"},
	}})
	t.add(13, trace.Server, trace.AlertEvent, trace.AlertDetail{Level: wire.LevelFatal, Alert: wire.AlertProtocolVersion})
	t.add(14, trace.Client, trace.Closed, trace.EndDetail{How: trace.EndFIN})
	t.add(15, trace.Server, trace.Closed, trace.EndDetail{How: trace.EndReset})
	return &diagnose.Diagnosis{
		Conversation: conversation(number, t),
		Facts: diagnose.Facts{
			Version: "TLS 1.2", Suite: "TLS_RSA_WITH_AES_128_GCM_SHA256", KeyExchange: "RSA", ServerName: "plant.example",
			JA3: "de350869b8c85de67a350c8d186f11e6", FromClient: 4096, ToClient: 4096, Opened: "the RSA key server.key",
			Library: "OpenSSL 1.0.1d to 1.0.2", LibraryGrounds: "its later hellos have 0x0301 in the record header",
			SecondHellos: []diagnose.SecondHello{{Kind: "reset", At: 2400 * time.Microsecond, FromClient: 4096, ToClient: 4096, Frame: 12}},
		},
		Findings: []diagnose.Finding{resetFinding(), {
			ID: "suite-weak", Level: diagnose.Risk, Culprit: diagnose.CulpritNone, Confidence: diagnose.Sure,
			Sentence: "The keys have no forward secrecy: whoever gets the server's key reads this connection.", Frames: []int{6},
			Remedies: []diagnose.Remedy{{Where: "the server", Setting: "prefer the ECDHE suites", Safe: true}},
		}},
		Charges: []diagnose.Charge{
			{What: "asked for a renegotiation (HelloRequest)", Verdict: diagnose.DidNot, Why: "no HelloRequest in frames 1 to 12"},
			{What: "sent data across the second hello", Verdict: diagnose.DidNot, Why: "nothing came from the server between the hello and its alert", Frames: []int{12, 13}},
			{What: "closed without close_notify", Verdict: diagnose.DidNot, Why: "it ended with a fatal alert", Frames: []int{13}},
			{What: "refused to resume a session", Verdict: diagnose.DidNot, Why: "the first hello offered none"},
			{What: "gave up after a short timeout", Verdict: diagnose.Unknown, Why: "the connection lasted 3 ms, too little to show one"},
		},
	}
}

func resetFinding() diagnose.Finding {
	return diagnose.Finding{
		ID: "reneg-reset-hello", Level: diagnose.Failure, Culprit: diagnose.CulpritClient, Confidence: diagnose.Sure,
		Sentence: "The client began its handshake again inside the connection, as if it were a new one, and the server ended it.",
		Cause:    "the application set its SSL object back to the beginning instead of calling SSL_renegotiate",
		Frames:   []int{12, 13}, At: 2400 * time.Microsecond,
		Proof: []diagnose.Proof{
			{Frame: 12, Field: "record header version", Value: "0x0301 (TLS 1.0), where 0x0303 was negotiated", Bytes: []byte{3, 1}},
			{Frame: 12, Field: "ClientHello", Value: "opened under the keys in use; its MAC is that of TLS 1.2"},
			{Frame: 12, Field: "cipher_suites", Value: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV, and no renegotiation_info", Bytes: []byte{0, 0xff}},
			{Frame: 13, Field: "alert", Value: "fatal protocol_version (70) from the server", Bytes: []byte{2, 70}},
		},
		RuledOut: []diagnose.RuledOut{
			{What: "the server asked for it", Why: "no HelloRequest in frames 1 to 12"},
			{What: "a renegotiation as RFC 5746 has it", Why: "it has no renegotiation_info"},
			{What: "a restart in clear", Why: "the hello opened under the keys in use"},
		},
		Others: []diagnose.Other{
			{Server: "OpenSSL 1.0.1 to 3.x", Answer: "fatal protocol_version (70), \"wrong version number\""},
			{Server: "GnuTLS 3.7, also in its unsafe modes", Answer: "ends the connection"},
			{Server: "nginx, HAProxy (on OpenSSL)", Answer: "as OpenSSL"},
		},
		Remedies: []diagnose.Remedy{
			{Where: "Parley", Setting: "nothing to set: by default it answers the hello, bound by session", Safe: true},
			{Where: "the client", Setting: "call SSL_renegotiate and SSL_do_handshake, and leave the SSL object's state alone", Safe: true},
		},
	}
}

// sealedFounder is the founding case without a key.
func sealedFounder(number int) *diagnose.Diagnosis {
	const why = "no key was given"
	t := firstHandshake(why)
	sealed := func(frame int, from trace.Side, kind wire.ContentType, header wire.Version, n int) {
		t.add(frame, from, trace.Record, trace.RecordDetail{Type: kind, Header: header, Negotiated: wire.VersionTLS12, Length: n, Sealed: true, Why: why})
	}
	t.add(10, trace.Client, trace.Data, trace.DataDetail{FromClient: 4120, Records: 1, Sealed: true})
	t.add(11, trace.Server, trace.Data, trace.DataDetail{ToClient: 4120, Records: 1, Sealed: true})
	sealed(12, trace.Client, wire.TypeHandshake, wire.VersionTLS10, 513)
	sealed(13, trace.Server, wire.TypeAlert, wire.VersionTLS12, 26)
	t.add(14, trace.Client, trace.Closed, trace.EndDetail{How: trace.EndFIN})
	t.add(15, trace.Server, trace.Closed, trace.EndDetail{How: trace.EndReset, Odd: "its TTL is 63, and the server's other packets have 64"})
	d := founder(number)
	d.Conversation = conversation(number, t)
	d.Facts.Opened, d.Facts.Locked, d.Facts.Sealed = "", why, true
	f := &d.Findings[0]
	f.Confidence = diagnose.Likely
	f.Missing = []string{"The hello itself: it is encrypted. Give the server's RSA key with --key, or log keys with parley serve --key-log and give them with --keylog."}
	f.Proof = f.Proof[:1]
	return d
}

// healthy is a connection with nothing to be said of it.
func healthy(number int) *diagnose.Diagnosis {
	t := firstHandshake("")
	for i := range 300 {
		t.add(10+2*i, trace.Client, trace.Data, trace.DataDetail{FromClient: 100})
		t.add(11+2*i, trace.Server, trace.Data, trace.DataDetail{ToClient: 1000})
	}
	t.add(700, trace.Client, trace.AlertEvent, trace.AlertDetail{Level: wire.LevelWarning, Alert: wire.AlertCloseNotify})
	t.add(701, trace.Client, trace.Closed, trace.EndDetail{How: trace.EndFIN, CloseNotify: true})
	t.add(702, trace.Server, trace.Closed, trace.EndDetail{How: trace.EndFIN})
	return &diagnose.Diagnosis{
		Conversation: conversation(number, t),
		Facts:        diagnose.Facts{Version: "TLS 1.2", Suite: "TLS_RSA_WITH_AES_128_GCM_SHA256", FromClient: 30000, ToClient: 300000, Opened: "the RSA key server.key"},
		Findings:     []diagnose.Finding{{ID: "healthy", Level: diagnose.Note, Culprit: diagnose.CulpritNone, Confidence: diagnose.Sure, Sentence: "The connection did what it should."}},
	}
}

func reportOf(list ...*diagnose.Diagnosis) *report.Report {
	r := &report.Report{
		Tool: "Parley v0.3.0",
		Source: report.Source{
			Name: "founding-tls12.pcap", Format: "pcap", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
			Bytes: 14336, Frames: 15, First: began, Last: began.Add(3 * time.Millisecond),
		},
		Total:       report.Total{Findings: map[string]int{}},
		Connections: list,
	}
	for _, d := range list {
		r.Total.Connections++
		r.Total.TLS++
		if d.Failed() {
			r.Total.Failed++
		} else {
			r.Total.Healthy++
		}
		for _, f := range d.Findings {
			r.Total.Findings[f.ID]++
		}
	}
	return r
}

// fleet is a capture of many connections.
func fleet() *report.Report {
	var list []*diagnose.Diagnosis
	for n := 1; n <= 40; n++ {
		if n%10 == 0 {
			list = append(list, healthy(n))
			continue
		}
		d := founder(n)
		d.Conversation.Client = netip.MustParseAddrPort(fmt.Sprintf("192.0.2.%d:40000", n))
		list = append(list, d)
	}
	r := reportOf(list...)
	r.Source.Name, r.Source.Frames, r.Source.Last = "plant.pcapng", 61233, began.Add(26*time.Hour)
	r.Survey = []diagnose.Remark{
		{Title: "Second hellos come every 4 MiB", Text: "in 36 of 36 connections with one, after 4,194,304 bytes from the client (spread: 0)", Connections: []int{1, 2, 3}},
		{Title: "36 clients are alike", Text: "their JA3 is the same", Table: [][]string{{"JA3", "clients", "library"}, {"de350869b8c85de67a350c8d186f11e6", "36", "OpenSSL 1.0.1d to 1.0.2"}}},
	}
	r.Missing = []string{"12 packets that the capture lost"}
	return r
}

// live is a client that a server watched and could not serve.
func live(number int) *diagnose.Diagnosis {
	hello := founderHello()
	hello.Version, hello.CipherSuites = wire.VersionSSL30, []wire.SuiteID{wire.TLS_RSA_WITH_RC4_128_MD5}
	events := []trace.Event{
		{Name: trace.Opened, Detail: trace.OpenedDetail{Client: "192.0.2.17:40000"}},
		{At: 1200 * time.Microsecond, Name: trace.HandshakeBegun},
		{At: 1200 * time.Microsecond, From: trace.Client, Name: trace.Message, Detail: trace.MessageDetail{Type: wire.MessageClientHello, Hello: hello}},
		{At: 1400 * time.Microsecond, From: trace.Server, Name: trace.AlertEvent, Detail: trace.AlertDetail{Level: wire.LevelFatal, Alert: wire.AlertProtocolVersion}},
		{At: 1500 * time.Microsecond, Name: trace.Closed, Detail: trace.FailureDetail{Finding: "version-none-shared", Reason: "the client offers SSL 3.0 at most, and TLS 1.0 is the least that is served"}},
	}
	return &diagnose.Diagnosis{
		Conversation: &trace.Conversation{
			Number: number, Live: true, Sided: true, Protocol: trace.ProtocolTLS, Client: netip.MustParseAddrPort("192.0.2.17:40000"),
			Server: netip.MustParseAddrPort("198.51.100.4:8443"), Start: began, Duration: 1500 * time.Microsecond, Events: events,
		},
		Findings: []diagnose.Finding{{
			ID: "version-none-shared", Level: diagnose.Failure, Culprit: diagnose.CulpritUnknown, Confidence: diagnose.Sure, At: 1400 * time.Microsecond,
			Sentence: "The client offers SSL 3.0 at most, and the server's least is TLS 1.0.",
			Proof:    []diagnose.Proof{{At: 1200 * time.Microsecond, Field: "client_version", Value: "0x0300 (SSL 3.0)", Bytes: []byte{3, 0}}},
			Remedies: []diagnose.Remedy{{Where: "Parley", Setting: "--min-version ssl3", Cost: "SSL 3.0 is broken (POODLE)"}},
		}},
	}
}
