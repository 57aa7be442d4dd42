package diagnose_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// TestAnyConversationHasASoundDiagnosis throws events at random, in any order.
func TestAnyConversationHasASoundDiagnosis(t *testing.T) { rapid.Check(t, soundDiagnosis) }

func FuzzDiagnose(f *testing.F) { f.Fuzz(rapid.MakeFuzz(soundDiagnosis)) }

func soundDiagnosis(t *rapid.T) {
	c := anyConversation(t)
	before, err := json.Marshal(c.Events)
	if err != nil {
		t.Fatal(err)
	}
	d := diagnose.Diagnose(c)
	for _, fault := range unsound(d) {
		t.Error(fault)
	}
	if after, _ := json.Marshal(c.Events); string(after) != string(before) {
		t.Error("the conversation was changed")
	}
}

// unsound says what a diagnosis lacks that every one must have.
func unsound(d *diagnose.Diagnosis) []string {
	var faults []string
	fault := func(f diagnose.Finding, what string) { faults = append(faults, f.ID+": "+what+": "+f.Sentence) }
	if len(d.Findings) == 0 {
		return []string{"there is no finding"}
	}
	for _, f := range d.Findings {
		if page, ok := findings.Lookup(f.ID); ok && !strings.Contains(page.Level, string(f.Level)) {
			fault(f, "its page knows no level "+string(f.Level))
		} else if !ok && f.ID != "some-new-thing" {
			fault(f, "it has no page")
		}
		if (f.Level == diagnose.Failure) == (f.Culprit == diagnose.CulpritNone) {
			fault(f, "level "+string(f.Level)+" with culprit "+string(f.Culprit))
		}
		if f.Level == diagnose.Failure && (len(f.Proof) == 0 || len(f.Remedies) == 0) {
			fault(f, "a failure without proof or remedy")
		}
		if f.Sentence == "" || !strings.HasSuffix(f.Sentence, ".") || strings.Contains(f.Sentence, "\n") || len(f.Sentence) > 1000 {
			fault(f, "no sentence")
		}
		if strings.Contains(strings.ToLower(text(f)), "the nobody") {
			fault(f, "it speaks of nobody")
		}
		if strings.ContainsFunc(text(f), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) || len(text(f)) > 8000 {
			fault(f, "it shows what a peer sent as it came")
		}
		if f.Confidence == diagnose.Possible && slices.ContainsFunc(f.Remedies, func(r diagnose.Remedy) bool { return !r.Safe }) {
			fault(f, "something would be given up for what is only possible")
		}
		if f.Confidence == "" || slices.Contains(f.Frames, 0) {
			fault(f, "no confidence, or frame 0")
		}
	}
	if d.Failed() != (d.Charges != nil) || d.Failed() != (d.Findings[0].Level == diagnose.Failure) {
		faults = append(faults, "failures do not come first, or with charges")
	}
	if healthy := slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.ID == "healthy" }); healthy == d.Failed() {
		faults = append(faults, "healthy and failed, or neither")
	}
	return faults
}

func anyConversation(t *rapid.T) *trace.Conversation {
	c := &trace.Conversation{
		Live:     rapid.Bool().Draw(t, "live"),
		Protocol: rapid.SampledFrom([]trace.Protocol{"", trace.ProtocolTLS, trace.ProtocolHTTP, trace.ProtocolUnknown, trace.ProtocolSilent}).Draw(t, "protocol"),
	}
	if rapid.Bool().Draw(t, "dated") {
		c.Start = start
	}
	frame, at, handshake := 0, time.Duration(0), 0
	for range rapid.IntRange(0, 25).Draw(t, "events") {
		frame += rapid.IntRange(0, 2).Draw(t, "frames on")
		at += time.Duration(rapid.IntRange(0, 20000).Draw(t, "ms")) * time.Millisecond
		handshake += rapid.IntRange(0, 1).Draw(t, "handshake")
		e := anyEvent(t)
		e.At, e.Handshake = at, handshake
		if !c.Live {
			e.Place = trace.Place{Frame: frame, Last: frame, Length: rapid.SampledFrom([]int{7, 100}).Draw(t, "length")}
		}
		c.Events = append(c.Events, e)
	}
	c.First, c.Last = min(1, frame), frame
	return c
}

var (
	sides    = []trace.Side{trace.Nobody, client, server}
	versions = []wire.Version{0, wire.VersionSSL30, wire.VersionTLS10, wire.VersionTLS12, wire.VersionTLS13, 0x7f7f}
	suites   = []wire.SuiteID{0, wire.TLS_RSA_WITH_AES_128_GCM_SHA256, wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_RSA_WITH_RC4_128_SHA, wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0x0033, 0x1301, 0xfafa}
)

func anyEvent(t *rapid.T) trace.Event {
	e := trace.Event{From: rapid.SampledFrom(sides).Draw(t, "from")}
	v := rapid.SampledFrom(versions).Draw(t, "version")
	id := rapid.SampledFrom(suites).Draw(t, "suite")
	flag := rapid.Bool().Draw(t, "flag")
	n := int64(rapid.IntRange(-1, 700).Draw(t, "n"))
	switch rapid.IntRange(0, 13).Draw(t, "event") {
	case 0:
		e.Name, e.Detail = trace.Message, anyMessage(t, v, id)
	case 1:
		e.Name, e.Detail = trace.SecondHello, trace.SecondHelloDetail{
			Kind: renego.Kind(rapid.IntRange(0, 6).Draw(t, "kind")), Resumes: flag, HeaderVersion: v, Hello: anyHello(t),
		}
	case 2:
		e.Name, e.Detail = trace.Answered, trace.AnsweredDetail{Answer: renego.Answer(rapid.IntRange(0, 7).Draw(t, "answer"))}
	case 3:
		e.Name, e.Detail = trace.Keys, trace.KeysDetail{Version: v, SuiteID: id, Locked: rapid.SampledFrom([]string{"", "no key"}).Draw(t, "locked")}
	case 4:
		e.Name, e.Detail = trace.HandshakeDone, trace.HandshakeDetail{Version: v, SuiteID: id, Resumed: flag, Unverified: flag}
	case 5:
		e.Name, e.Detail = rapid.SampledFrom([]trace.EventName{trace.HandshakeFailed, trace.Closed}).Draw(t, "end"),
			trace.FailureDetail{Finding: rapid.SampledFrom(append([]string{"", "truncated"}, givenByServers...)).Draw(t, "id"), Reason: "so"}
	case 6:
		e.Name, e.Detail = trace.AlertEvent, trace.AlertDetail{Level: wire.AlertLevel(rapid.IntRange(0, 3).Draw(t, "level")), Alert: wire.Alert(rapid.Byte().Draw(t, "alert"))}
	case 7:
		e.Name, e.Detail = trace.Record, trace.RecordDetail{Type: wire.ContentType(rapid.IntRange(19, 25).Draw(t, "type")), Header: v, Negotiated: wire.VersionTLS12, Length: int(n), Sealed: flag, Why: "it does not open"}
	case 8:
		e.Name, e.Detail = trace.Data, trace.DataDetail{FromClient: max(0, n), ToClient: max(0, n)}
	case 9:
		e.Name, e.Detail = trace.Crossed, trace.DataDetail{FromClient: max(0, n)}
	case 10:
		e.Name, e.Detail = trace.Gap, trace.GapDetail{Bytes: max(0, n), Why: rapid.SampledFrom([]trace.GapReason{trace.GapLost, trace.GapLate, trace.GapSnaplen, trace.GapChanged, trace.GapLimit}).Draw(t, "why")}
	case 11:
		e.Name, e.Detail = trace.Closed, trace.EndDetail{How: rapid.SampledFrom([]trace.End{trace.EndFIN, trace.EndReset, trace.EndOfCapture, trace.EndReused}).Draw(t, "how"), Odd: rapid.SampledFrom([]string{"", "its TTL is 3"}).Draw(t, "odd")}
	case 12:
		e.Name = rapid.SampledFrom([]trace.EventName{trace.HelloRequest, trace.HandshakeBegun, trace.Isolated, trace.Opened, trace.Held}).Draw(t, "name")
	case 13:
		e.Name, e.Detail = trace.Rationed, trace.RationedDetail{}
	}
	return e
}

func anyMessage(t *rapid.T, v wire.Version, id wire.SuiteID) trace.MessageDetail {
	d := trace.MessageDetail{Length: rapid.IntRange(0, 70000).Draw(t, "length")}
	switch rapid.IntRange(0, 6).Draw(t, "message") {
	case 0, 1:
		d.Type, d.Hello = wire.MessageClientHello, anyHello(t)
		d.Fault = rapid.SampledFrom([]string{"", "", "", "ClientHello: cut"}).Draw(t, "fault")
	case 2:
		d.Type, d.Parsed = wire.MessageServerHello, &wire.ServerHello{Version: v, CipherSuite: id}
	case 3:
		d.Type, d.Parsed = wire.MessageCertificate, &wire.Certificate{Chain: [][]byte{rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "der")}}
	case 4:
		d.Type, d.Parsed = wire.MessageCertificateRequest, &wire.CertificateRequest{}
	case 5:
		d.Type = wire.MessageNewSessionTicket
	case 6:
		d.Type = rapid.SampledFrom([]wire.MessageType{wire.MessageFinished, wire.MessageHelloRequest, wire.MessageServerHelloDone}).Draw(t, "type")
	}
	return d
}

func anyHello(t *rapid.T) *wire.ClientHello {
	if rapid.IntRange(0, 9).Draw(t, "no hello") == 0 {
		return nil
	}
	h := &wire.ClientHello{
		SSL2Format: rapid.IntRange(0, 9).Draw(t, "ssl2") == 0,
		Version:    rapid.SampledFrom(versions).Draw(t, "client_version"), CompressionMethods: []uint8{0}, HasExtensions: true,
		CipherSuites: rapid.SliceOfN(rapid.SampledFrom(append(suites, wire.SuiteEmptyRenegotiationInfoSCSV, wire.SuiteFallbackSCSV)), 0, 4).Draw(t, "suites"),
	}
	for _, x := range []wire.ExtensionType{wire.ExtensionSupportedVersions, wire.ExtensionSupportedGroups, wire.ExtensionSignatureAlgorithms, wire.ExtensionSessionTicket, wire.ExtensionServerName, wire.ExtensionRenegotiationInfo} {
		if rapid.IntRange(0, 3).Draw(t, "has") == 0 {
			h.Extensions = append(h.Extensions, wire.Extension{Type: x, Data: rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(t, "data")})
		}
	}
	if !h.SSL2Format {
		h.Raw = h.Marshal()
	}
	return h
}
