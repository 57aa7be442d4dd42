package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

func founding() []trace.Event {
	hello := &wire.ClientHello{CipherSuites: []wire.SuiteID{wire.SuiteEmptyRenegotiationInfoSCSV}, SessionID: make([]byte, 32)}
	aes := suite.ByID(wire.TLS_RSA_WITH_AES_128_CBC_SHA)
	keys := trace.KeysDetail{Version: wire.VersionTLS12, Suite: aes}
	message := func(from trace.Side, t wire.MessageType) trace.Event {
		return trace.Event{From: from, Name: trace.Message, Detail: trace.MessageDetail{Type: t}}
	}
	return []trace.Event{
		{Name: trace.Opened},
		{From: trace.Client, Name: trace.Message, Detail: trace.MessageDetail{Type: wire.MessageClientHello, Hello: hello}},
		message(trace.Server, wire.MessageServerHello),
		message(trace.Server, wire.MessageServerHelloDone),
		message(trace.Client, wire.MessageClientKeyExchange),
		{From: trace.Client, Name: trace.Keys, Detail: keys},
		message(trace.Client, wire.MessageFinished),
		{From: trace.Server, Name: trace.Keys, Detail: keys},
		message(trace.Server, wire.MessageFinished),
		{At: time.Second, Name: trace.Data, Detail: trace.DataDetail{FromClient: 4096, ToClient: 4096}},
		{At: time.Second, Handshake: 1, From: trace.Client, Name: trace.Message, Detail: trace.MessageDetail{Type: wire.MessageClientHello, Hello: hello}},
		{At: time.Second, Handshake: 1, From: trace.Client, Name: trace.SecondHello, Finding: "reneg-reset-hello", Detail: trace.SecondHelloDetail{Kind: renego.KindReset, Resumes: true, HeaderVersion: wire.VersionTLS10}},
		{At: time.Second, Handshake: 1, Name: trace.Answered, Detail: trace.AnsweredDetail{Kind: renego.KindReset, Answer: renego.AnswerAccept, Bound: "session and reply"}},
	}
}

func TestLadderTellsTheFoundingCase(t *testing.T) {
	var got bytes.Buffer
	if err := report.Draw(&got, report.Ladder(founding()), report.Style{Width: 100}); err != nil {
		t.Fatal(err)
	}
	want := `       client                                                                                 server
 0.000 s │── ClientHello (SCSV, a session id) ────────────────────────────────────────────────────▶│
 0.000 s │◀──────────────────────────────────────────────────────── ServerHello, ServerHelloDone ──│
 0.000 s │── ClientKeyExchange, ChangeCipherSpec ─────────────────────────────────────────────────▶│
 0.000 s │══ Finished ════════════════════════════════════════════════════════════════════════════▶│
`
	if !strings.HasPrefix(got.String(), want) {
		t.Errorf("the ladder begins\n%s\nnot\n%s", got.String(), want)
	}
	for _, part := range []string{
		"══ data, 4 KiB ═", "ClientHello (SCSV, a session id), record header 0x0301 ═",
		"reneg-reset-hello: a reset hello that resumes the session in use", "answer: accept, bound by session and reply",
	} {
		if !strings.Contains(got.String(), part) {
			t.Errorf("the ladder lacks %q:\n%s", part, got.String())
		}
	}
}

func TestEveryLineHasTheSameWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(0, 200).Draw(t, "width")
		rungs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) report.Rung {
			return report.Rung{From: trace.Side(rapid.IntRange(0, 2).Draw(t, "from")), Text: rapid.StringMatching(`[a-z ü]{0,300}`).Draw(t, "text")}
		}), 1, 5).Draw(t, "rungs")
		var out bytes.Buffer
		if err := report.Draw(&out, rungs, report.Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")[1:] {
			if n := utf8.RuneCountInString(line); n != max(width, 60) {
				t.Fatalf("line %d has %d columns, not %d:\n%s", i, n, max(width, 60), out.String())
			}
		}
	})
}

func TestNoLineIsWiderThanAsked(t *testing.T) {
	rungs := []report.Rung{{From: trace.Client, Text: strings.Repeat("word ", 40)}, {Text: "a remark"}}
	for _, width := range []int{60, 80, 120} {
		var b strings.Builder
		if err := report.Draw(&b, rungs, report.Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("%d columns, not %d: %s", n, width, line)
			}
		}
	}
}
