package report_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
)

// peerText is what somebody hostile may have written.
func peerText(t *rapid.T, label string) string {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[a-z 漢字ｗ️é]{0,200}`),
		rapid.Just("\x1b[2J\x1b]0;owned\x07\u202e\u200b\r\n\t\x9b31m"),
		rapid.Just(string([]byte{0xff, 0xfe, 'a'})),
		rapid.Just(strings.Repeat("x", 900)),
	).Draw(t, label)
}

func drawnFinding(t *rapid.T) diagnose.Finding {
	text := func(label string) string { return peerText(t, label) }
	return diagnose.Finding{
		ID: text("id"), Sentence: text("sentence"), Cause: text("cause"),
		Level:      rapid.SampledFrom([]diagnose.Level{diagnose.Failure, diagnose.Risk, diagnose.Note}).Draw(t, "level"),
		Culprit:    rapid.SampledFrom([]diagnose.Culprit{diagnose.CulpritClient, diagnose.CulpritServer, diagnose.CulpritNetwork, diagnose.CulpritUnknown, diagnose.CulpritNone}).Draw(t, "culprit"),
		Confidence: rapid.SampledFrom([]diagnose.Confidence{diagnose.Sure, diagnose.Likely, diagnose.Possible}).Draw(t, "confidence"),
		Frames:     rapid.SliceOfN(rapid.IntRange(1, 130), 0, 6).Draw(t, "frames"),
		Proof:      []diagnose.Proof{{Frame: 12, Field: text("field"), Value: text("value"), Bytes: rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")}},
		RuledOut:   []diagnose.RuledOut{{What: text("what"), Why: text("why")}},
		Others:     []diagnose.Other{{Server: text("server"), Answer: text("answer")}},
		Remedies:   []diagnose.Remedy{{Where: text("where"), Setting: text("setting"), Cost: text("cost")}},
		Missing:    []string{text("missing")},
	}
}

func drawnConversation(t *rapid.T) *diagnose.Diagnosis {
	all := oneOfEach()
	events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) trace.Event {
		e := rapid.SampledFrom(all).Draw(t, "event")
		e.Place.Frame = rapid.IntRange(0, 130).Draw(t, "frame")
		e.At = time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "at"))
		switch d := e.Detail.(type) {
		case trace.EndDetail:
			d.Odd = peerText(t, "odd")
			e.Detail = d
		case trace.MessageDetail:
			d.Fault = peerText(t, "fault")
			e.Detail = d
		}
		return e
	}), 0, 60).Draw(t, "events")
	d := founder(rapid.IntRange(0, 1<<40).Draw(t, "number"))
	d.Conversation.Events = events
	d.Conversation.Prelude = &trace.Prelude{Protocol: peerText(t, "protocol"), Refused: peerText(t, "refused"), Request: at(1), Reply: at(2)}
	d.Facts.ServerName, d.Facts.Library, d.Facts.LibraryGrounds = peerText(t, "name"), peerText(t, "library"), peerText(t, "grounds")
	d.Findings = []diagnose.Finding{drawnFinding(t), drawnFinding(t)}
	d.Charges = append(d.Charges, diagnose.Charge{What: peerText(t, "charge"), Verdict: diagnose.Did, Why: peerText(t, "why")})
	return d
}

func drawnReport(t *rapid.T) *report.Report {
	list := rapid.SliceOfN(rapid.Custom(drawnConversation), 0, 3).Draw(t, "connections")
	r := reportOf(list...)
	r.Source.Name, r.Source.Broken = peerText(t, "source"), peerText(t, "broken")
	r.Missing = []string{peerText(t, "not seen")}
	f := drawnFinding(t)
	r.Survey = []diagnose.Remark{{
		Title: peerText(t, "title"), Text: peerText(t, "text"), Finding: &f,
		Table: rapid.SliceOfN(rapid.SliceOfN(rapid.StringMatching(`[a-z漢]{0,60}`), 0, 12), 0, 4).Draw(t, "table"),
	}}
	return r
}

var colour = regexp.MustCompile("\x1b\\[[0-9]{1,2}m")

// fits says what is wrong of a text for a terminal of so many columns.
func fits(t *rapid.T, text []byte, width int) {
	if !utf8.Valid(text) {
		t.Fatalf("not UTF-8: %q", text)
	}
	for line := range strings.Lines(colour.ReplaceAllString(string(text), "")) {
		line = strings.TrimSuffix(line, "\n")
		if n := report.Columns(line); n > width {
			t.Fatalf("%d columns, and there are %d:\n%s", n, width, line)
		}
		for _, r := range line {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q in a line: %q", r, line)
			}
		}
	}
}

func TestWhateverIsWrittenFitsTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawnReport(t)
		width := rapid.IntRange(60, 160).Draw(t, "width")
		o := report.TerminalOptions{Style: report.Style{Width: width, Color: rapid.Bool().Draw(t, "colour")}, All: rapid.Bool().Draw(t, "all")}
		if rapid.Bool().Draw(t, "chosen") {
			o.Connections = []int{1, 2}
		}
		write := func(print func(io.Writer) error) {
			var b bytes.Buffer
			if err := print(&b); err != nil {
				t.Fatal(err)
			}
			fits(t, b.Bytes(), width)
		}
		write(func(w io.Writer) error { return report.Terminal(w, r, o) })
		write(func(w io.Writer) error { return report.Compare(w, r, fleet(), o) })
		for _, d := range r.Connections {
			write(func(w io.Writer) error { return report.Connection(w, d, o) })
		}
	})
}

func TestMarkdownHoldsNothingThatIsNotText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		if err := report.Markdown(&b, drawnReport(t)); err != nil {
			t.Fatal(err)
		}
		fits(t, b.Bytes(), 1<<20)
	})
}
