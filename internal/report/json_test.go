package report_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

func written(t *testing.T, write func(io.Writer, *report.Report) error, r *report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// oneOfEach is an event of every name.
func oneOfEach() []trace.Event {
	hello := resetHello()
	details := map[trace.EventName][]any{
		trace.Opened:          {trace.OpenedDetail{Client: "192.0.2.1:1"}},
		trace.Record:          {trace.RecordDetail{Type: 99, Header: 0x0305, Length: 7}, trace.RecordDetail{Type: wire.TypeHeartbeat, Sealed: true, Negotiated: wire.VersionTLS12, Header: wire.VersionTLS12}},
		trace.Message:         {trace.MessageDetail{Type: wire.MessageClientHello, Hello: hello}, trace.MessageDetail{Type: wire.MessageServerHello, Parsed: &wire.ServerHello{}, Fault: "it ends too early"}},
		trace.Keys:            {trace.KeysDetail{Version: wire.VersionTLS13}},
		trace.HandshakeBegun:  {nil},
		trace.HandshakeDone:   {trace.HandshakeDetail{Version: wire.VersionTLS12, Group: wire.GroupX25519}},
		trace.HandshakeFailed: {trace.FailureDetail{Finding: "record-mac", Reason: "no"}},
		trace.SecondHello:     {trace.SecondHelloDetail{}, trace.SecondHelloDetail{Kind: renego.KindSecure, Hello: hello}},
		trace.Answered:        {trace.AnsweredDetail{Answer: renego.AnswerAbort, Reason: "it is bound by nothing"}},
		trace.Held:            {nil},
		trace.Released:        {nil},
		trace.Crossed:         {trace.DataDetail{FromClient: 3}, trace.DataDetail{ToClient: 3}},
		trace.Isolated:        {nil},
		trace.AlertEvent:      {trace.AlertDetail{Level: wire.LevelWarning, Alert: wire.AlertNoRenegotiation}},
		trace.Data:            {trace.DataDetail{FromClient: 3, ToClient: 4, Sealed: true, Records: 2, Short: 1, Until: time.Second}},
		trace.HelloRequest:    {nil},
		trace.Rationed:        {trace.RationedDetail{Wait: time.Second}},
		trace.Gap:             {trace.GapDetail{Bytes: 5, Why: trace.GapLost}, trace.GapDetail{Why: trace.GapLate}, trace.GapDetail{Why: trace.GapSnaplen}, trace.GapDetail{Why: trace.GapChanged}, trace.GapDetail{Why: trace.GapLimit}},
		trace.Closed:          {trace.FailureDetail{}, trace.EndDetail{How: trace.EndFIN}, trace.EndDetail{How: trace.EndReset, Odd: "TTL"}, trace.EndDetail{How: trace.EndOfCapture}, trace.EndDetail{How: trace.EndReused}},
	}
	var out []trace.Event
	for _, name := range slices.Sorted(maps.Keys(details)) {
		for _, d := range details[name] {
			for side := trace.Nobody; side <= trace.Server; side++ {
				out = append(out, trace.Event{At: time.Second, From: side, Name: name, Detail: d, Place: at(100)})
			}
		}
	}
	return out
}

func TestJSONIsAsDocumented(t *testing.T) {
	golden(t, "founder.json", written(t, report.JSON, reportOf(founder(1))))
}

func TestJSONHasNoNullAndNoSecret(t *testing.T) {
	for name, r := range map[string]*report.Report{"empty": {}, "everything": reportOf(everything())} {
		got := string(written(t, report.JSON, r))
		if strings.Contains(got, "null") {
			t.Errorf("%s: there is a null in it:\n%s", name, got)
		}
		if strings.Contains(got, "c0ffee") || strings.Contains(got, secret) {
			t.Errorf("%s: there is a secret in it:\n%s", name, got)
		}
	}
}

func TestJSONHasOneConnectionALine(t *testing.T) {
	lines := strings.Split(string(written(t, report.JSON, fleet())), "\n")
	n := 0
	for _, l := range lines {
		var c struct {
			Number   int
			Findings []struct{ ID string }
		}
		if json.Unmarshal([]byte(strings.TrimSuffix(l, ",")), &c) == nil && c.Number > 0 && len(c.Findings) > 0 {
			n++
		}
	}
	if n != 40 {
		t.Errorf("%d of 40 connections have a line that is an object", n)
	}
}

// largest remembers the largest piece that was written.
type largest struct{ piece, all int }

func (l *largest) Write(b []byte) (int, error) {
	l.piece, l.all = max(l.piece, len(b)), l.all+len(b)
	return len(b), nil
}

func TestJSONIsWrittenConnectionByConnection(t *testing.T) {
	r := reportOf()
	d := healthy(1)
	for range 400 {
		r.Connections = append(r.Connections, d)
	}
	var l largest
	if err := report.JSON(&l, r); err != nil {
		t.Fatal(err)
	}
	if l.piece > l.all/300 {
		t.Errorf("of %d bytes, %d were written at once", l.all, l.piece)
	}
}

func TestRemarkMayBeAFinding(t *testing.T) {
	r := fleet()
	f := resetFinding()
	r.Survey = []diagnose.Remark{{Title: "T", Finding: &f}}
	for name, got := range map[string]string{
		"JSON":     string(written(t, report.JSON, r)),
		"terminal": string(terminal(t, r, report.TerminalOptions{Style: report.Style{Width: 200}})),
	} {
		if _, survey, _ := strings.Cut(got, `T`); !strings.Contains(survey, f.ID) {
			t.Errorf("%s does not tell the remark's finding", name)
		}
	}
}

func TestJSONHidesNothingAndLosesNothing(t *testing.T) {
	const bad = "a\u202eb\u200b\U000e0041\x1b[2J\u00a0é漢"
	r := reportOf(founder(1))
	r.Tool = bad
	got := written(t, report.JSON, r)
	for _, c := range string(got) {
		if c != '\n' && !unicode.IsPrint(c) {
			t.Errorf("%U stands there as it came", c)
		}
	}
	var back struct{ Tool string }
	if err := json.Unmarshal(got, &back); err != nil || back.Tool != bad {
		t.Errorf("%q, %v", back.Tool, err)
	}
}
