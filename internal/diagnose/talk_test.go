package diagnose_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

const (
	client = trace.Client
	server = trace.Server
)

// start is when every talk of these tests began.
var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// A talk is a conversation that a test writes down, one event in a frame.
type talk struct {
	c         trace.Conversation
	frame     int
	at        time.Duration
	handshake int
	version   wire.Version
	suite     wire.SuiteID
	seconds   int
	opened    bool // a key opens it
}

// captured begins a talk in a capture, behind its three packets of TCP.
func captured() *talk {
	return &talk{
		frame: 3, opened: true, version: wire.VersionTLS12, suite: wire.TLS_RSA_WITH_AES_128_GCM_SHA256,
		c: trace.Conversation{Number: 1, Sided: true, Start: start, First: 1, Protocol: trace.ProtocolTLS},
	}
}

// sealed begins one that no key opens.
func sealed(v wire.Version, id wire.SuiteID) *talk {
	t := captured()
	t.opened, t.version, t.suite = false, v, id
	return t
}

// live begins one that a server tells.
func live() *talk {
	t := captured()
	t.c.Live, t.c.First, t.c.Protocol = true, 0, ""
	return t
}

func (t *talk) says(from trace.Side, name trace.EventName, detail any) *talk {
	t.frame++
	t.at += 10 * time.Millisecond
	e := trace.Event{From: from, Name: name, Detail: detail, At: t.at, Handshake: t.handshake}
	if !t.c.Live {
		e.Place = trace.Place{Frame: t.frame, Last: t.frame, Offset: int64(t.frame) * 1000, Length: length(detail)}
	}
	t.c.Events = append(t.c.Events, e)
	t.c.Last, t.c.Duration = t.frame, t.at
	return t
}

// length is how much of a stream an event takes.
func length(detail any) int {
	switch d := detail.(type) {
	case trace.RecordDetail:
		return wire.RecordHeaderLen + d.Length
	case trace.AlertDetail:
		return 31 // sealed; the tests that mean another say so
	}
	return 100
}

func (t *talk) pause(d time.Duration) *talk {
	t.at += d
	return t
}

func (t *talk) hello(h *wire.ClientHello) *talk {
	t.says(client, trace.HandshakeBegun, nil)
	t.frame--
	return t.says(client, trace.Message, trace.MessageDetail{Type: wire.MessageClientHello, Length: len(h.Raw), Hello: h, Raw: h.Raw})
}

func (t *talk) serverHello() *talk { return t.serverHelloWith(nil) }

func (t *talk) serverHelloWith(sessionID []byte) *talk {
	return t.message(server, wire.MessageServerHello, 53, &wire.ServerHello{Version: t.version, CipherSuite: t.suite, SessionID: sessionID})
}

func (t *talk) message(from trace.Side, m wire.MessageType, length int, parsed any) *talk {
	return t.says(from, trace.Message, trace.MessageDetail{Type: m, Length: length, Parsed: parsed})
}

func (t *talk) certificate(from trace.Side, chain ...[]byte) *talk {
	length := 7
	for _, c := range chain {
		length += 3 + len(c)
	}
	return t.message(from, wire.MessageCertificate, length, &wire.Certificate{Chain: chain})
}

// ticket is a NewSessionTicket with a ticket of so many bytes.
func (t *talk) ticket(bytes int) *talk {
	return t.message(server, wire.MessageNewSessionTicket, bytes+10, &wire.NewSessionTicket{})
}

// finished is both sides' ChangeCipherSpec and Finished, and the handshake's end.
func (t *talk) finished() *talk {
	for _, side := range []trace.Side{client, server} {
		keys := trace.KeysDetail{Version: t.version, Suite: suite.ByID(t.suite), SuiteID: t.suite, Opened: "the RSA key server.key"}
		if !t.opened {
			keys.Opened, keys.Locked = "", "no key was given"
		}
		t.says(side, trace.Keys, keys)
		if t.opened {
			t.message(side, wire.MessageFinished, 16, nil)
		} else {
			t.record(side, wire.TypeHandshake, t.version, 40)
		}
	}
	return t.says(client, trace.HandshakeDone, t.done())
}

func (t *talk) done() trace.HandshakeDetail {
	return trace.HandshakeDetail{Version: t.version, Suite: suite.ByID(t.suite), SuiteID: t.suite, SecureRenegotiation: true, Unverified: !t.opened}
}

// established is a whole first handshake of the founding client.
func (t *talk) established() *talk {
	t.hello(foundingHello()).serverHello().certificate(server).ticket(160)
	return t.finished()
}

// record is a remarkable record, sealed.
func (t *talk) record(from trace.Side, typ wire.ContentType, header wire.Version, length int) *talk {
	return t.says(from, trace.Record, trace.RecordDetail{Type: typ, Header: header, Negotiated: t.version, Length: length, Sealed: true, Why: "no key was given"})
}

// broken is a record that does not open under keys that are known.
func (t *talk) broken(from trace.Side) *talk {
	t.record(from, wire.TypeApplicationData, t.version, 64)
	return t
}

func (t *talk) data(fromClient, toClient int64) *talk {
	if fromClient > 0 {
		t.says(client, trace.Data, trace.DataDetail{FromClient: fromClient, Sealed: !t.opened})
	}
	if toClient > 0 {
		t.says(server, trace.Data, trace.DataDetail{ToClient: toClient, Sealed: !t.opened})
	}
	return t
}

// second is a second hello of a kind, in a record whose header has a version.
func (t *talk) second(kind renego.Kind, header wire.Version, change ...func(*trace.SecondHelloDetail)) *talk {
	t.handshake++
	t.seconds++
	h := foundingHello()
	t.message(client, wire.MessageClientHello, len(h.Raw), nil)
	t.frame--
	d := trace.SecondHelloDetail{Kind: kind, Proof: proofs[kind], Resumes: true, Count: t.seconds, HeaderVersion: header, Hello: h}
	for _, c := range change {
		c(&d)
	}
	t.says(client, trace.SecondHello, d)
	t.c.Events[len(t.c.Events)-1].Finding = kind.Finding()
	return t
}

func noSession(d *trace.SecondHelloDetail) {
	d.Resumes, d.WhyNotResumed = false, "no session is offered"
}

var proofs = map[renego.Kind][]string{
	renego.KindSecure:  {"decrypted ClientHello", "renegotiation_info equals the client's verify_data"},
	renego.KindReset:   {"decrypted ClientHello", "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "no renegotiation_info"},
	renego.KindForged:  {"decrypted ClientHello", "renegotiation_info (12 bytes) does not match this connection"},
	renego.KindBare:    {"decrypted ClientHello", "no TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "no renegotiation_info"},
	renego.KindRestart: {"the record does not open under the keys in use", "it is one whole ClientHello in clear"},
}

func (t *talk) answered(a renego.Answer, terms renego.Terms, bound string) *talk {
	return t.says(server, trace.Answered, trace.AnsweredDetail{Answer: a, Terms: terms, Bound: bound})
}

func (t *talk) alert(from trace.Side, level wire.AlertLevel, a wire.Alert) *talk {
	return t.says(from, trace.AlertEvent, trace.AlertDetail{Level: level, Alert: a})
}

func (t *talk) fatal(from trace.Side, a wire.Alert) *talk {
	return t.alert(from, wire.LevelFatal, a)
}

func (t *talk) closes(from trace.Side) *talk { return t.ends(from, trace.EndFIN) }
func (t *talk) resets(from trace.Side) *talk { return t.ends(from, trace.EndReset) }

func (t *talk) ends(from trace.Side, how trace.End) *talk {
	return t.says(from, trace.Closed, trace.EndDetail{How: how})
}

func (t *talk) gap(from trace.Side, why trace.GapReason, bytes int64) *talk {
	return t.says(from, trace.Gap, trace.GapDetail{Bytes: bytes, Why: why})
}

// goodbye is how a healthy connection ends.
func (t *talk) goodbye() *talk {
	if t.opened {
		t.alert(client, wire.LevelWarning, wire.AlertCloseNotify)
	} else {
		t.record(client, wire.TypeAlert, t.version, 26)
	}
	return t.closes(client).closes(server)
}

func (t *talk) diagnosis() *diagnose.Diagnosis { return diagnose.Diagnose(&t.c) }

// foundingHello is what OpenSSL 1.0.1j sends: 297 bytes, with its header, as in
// the founding capture.
func foundingHello() *wire.ClientHello {
	h := &wire.ClientHello{
		Version: wire.VersionTLS12, CompressionMethods: []uint8{0}, HasExtensions: true,
		CipherSuites: []wire.SuiteID{
			wire.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, wire.TLS_RSA_WITH_AES_128_GCM_SHA256,
			wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA, wire.SuiteEmptyRenegotiationInfoSCSV,
		},
		Extensions: []wire.Extension{
			{Type: wire.ExtensionECPointFormats, Data: []byte{3, 0, 1, 2}},
			wire.GroupsExtension([]wire.Group{wire.GroupSecp256r1, wire.GroupSecp384r1}),
			wire.SessionTicketExtension(nil),
			wire.SignatureAlgorithmsExtension([]wire.SignatureScheme{wire.SchemeRSAPKCS1SHA256, wire.SchemeRSAPKCS1SHA1}),
			{Type: wire.ExtensionHeartbeat, Data: []byte{1}},
		},
	}
	fill := 297 - len(h.Marshal())
	h.CipherSuites = append(h.CipherSuites, slices.Repeat([]wire.SuiteID{0xC022}, fill/2)...)
	if fill%2 == 1 {
		h.Extensions[0].Data = append(h.Extensions[0].Data, 0)
	}
	return raw(h)
}

// raw gives a hello the bytes that its fields make.
func raw(h *wire.ClientHello) *wire.ClientHello {
	h.Raw = h.Marshal()
	return h
}

// find gives the one finding of an id and level.
func find(t *testing.T, d *diagnose.Diagnosis, id string, level diagnose.Level) diagnose.Finding {
	t.Helper()
	for _, f := range d.Findings {
		if f.ID == id && f.Level == level {
			return f
		}
	}
	t.Fatalf("no %s of level %s among %s", id, level, ids(d))
	return diagnose.Finding{}
}

func ids(d *diagnose.Diagnosis) string {
	var list []string
	for _, f := range d.Findings {
		list = append(list, f.ID+" ("+string(f.Level)+")")
	}
	return strings.Join(list, ", ")
}

// text is all that a finding says.
func text(f diagnose.Finding) string {
	var b strings.Builder
	b.WriteString(f.Sentence + "\n" + f.Cause + "\n")
	for _, p := range f.Proof {
		b.WriteString(p.Field + ": " + p.Value + "\n")
	}
	for _, r := range f.RuledOut {
		b.WriteString(r.What + ": " + r.Why + "\n")
	}
	for _, r := range f.Remedies {
		b.WriteString(r.Where + ": " + r.Setting + " " + r.Cost + "\n")
	}
	b.WriteString(strings.Join(f.Missing, "\n"))
	return b.String()
}

// says fails the test unless a finding says each of some things.
func says(t *testing.T, f diagnose.Finding, things ...string) {
	t.Helper()
	for _, thing := range things {
		if !strings.Contains(text(f), thing) {
			t.Errorf("%s does not say %q:\n%s", f.ID, thing, text(f))
		}
	}
}
