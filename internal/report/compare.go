package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A Difference holds two connections against each other.
type Difference struct {
	A, B  *diagnose.Diagnosis
	Steps []Step   // both stories, aligned
	First int      // the first step that differs, in more than data if one does; -1: none does
	Words []string // in what they differ; nil: in nothing that was looked at
}

// A Step is a rung of either story, or one of each.
type Step struct {
	A, B *Rung // nil: that story has none here
	Same bool
}

// Differ aligns two connections. Times, frames and lengths of data do not count
// as differences.
func Differ(a, b *diagnose.Diagnosis) Difference {
	d := Difference{A: a, B: b, First: -1, Words: differWords(a, b)}
	d.Steps = align(Shorten(Story(a), maxCompared), Shorten(Story(b), maxCompared))
	d.First = slices.IndexFunc(d.Steps, func(s Step) bool { return !s.Same && (s.A.tells() || s.B.tells()) })
	if d.First < 0 {
		d.First = slices.IndexFunc(d.Steps, func(s Step) bool { return !s.Same })
	}
	return d
}

// tells reports whether a rung tells more than that data passed: how often it
// does is nothing by which two connections part.
func (r *Rung) tells() bool {
	return r != nil && r.Left == 0 && !(len(r.Events) > 0 && isData(r.Events[0]))
}

// Main gives the connection of a report that matters most: the first that
// failed, else the first; nil where there is none.
func Main(r *Report) *diagnose.Diagnosis {
	for _, d := range r.Connections {
		if d.Failed() {
			return d
		}
	}
	if len(r.Connections) == 0 {
		return nil
	}
	return r.Connections[0]
}

// maxCompared bounds the stories that are aligned, whose cost is the product of
// their lengths.
const maxCompared = 400

// align finds the longest common part of two stories.
func align(a, b []Rung) []Step {
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if alike(a[i], b[j]) {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var steps []Step
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && alike(a[i], b[j]):
			steps = append(steps, Step{A: &a[i], B: &b[j], Same: true})
			i, j = i+1, j+1
		case i < len(a) && j < len(b) && longest[i+1][j+1] == longest[i][j] && a[i].From == b[j].From:
			// Neither helps the rest: they stand in each other's place.
			steps = append(steps, Step{A: &a[i], B: &b[j]})
			i, j = i+1, j+1
		case j >= len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			steps = append(steps, Step{A: &a[i]})
			i++
		default:
			steps = append(steps, Step{B: &b[j]})
			j++
		}
	}
	return steps
}

// alike says whether two rungs are the same step.
func alike(a, b Rung) bool {
	return a.From == b.From && a.Protected == b.Protected && stepText(a) == stepText(b)
}

// stepText is a rung's text without what differs between any two connections:
// the amount of data, what opened it, which suite was agreed on, what was
// left out.
func stepText(r Rung) string {
	if r.Left > 0 {
		return "…"
	}
	if len(r.Events) == 0 {
		return r.Text
	}
	switch d := r.Events[0].Detail.(type) {
	case trace.DataDetail:
		return string(r.Events[0].Name)
	case trace.KeysDetail:
		if r.From == trace.Nobody {
			return string(trace.Keys)
		}
	case trace.HandshakeDetail:
		// What it agreed on is told in words, and how it is known is no step.
		d.SuiteID, d.Suite, d.Unverified = 0, nil, false
		return handshakeText(d)
	case trace.RecordDetail:
		if d.Sealed && len(r.Events) == 1 {
			text, _, _ := strings.Cut(r.Text, fmt.Sprintf(", %s", bytesText(int64(d.Length))))
			return text
		}
	}
	return r.Text
}

// differWords says in words in what two connections differ.
func differWords(a, b *diagnose.Diagnosis) []string {
	var out []string
	say := func(what, x, y string) {
		if x != y {
			out = append(out, fmt.Sprintf("%s: %s in the first, %s in the second", what, orUnknown(x), orUnknown(y)))
		}
	}
	say("finding", findingID(a), findingID(b))
	say("outcome", outcomeText(a), outcomeText(b))
	say("version", a.Facts.Version, b.Facts.Version)
	say("cipher suite", a.Facts.Suite, b.Facts.Suite)
	say("group", a.Facts.Group, b.Facts.Group)
	say("server name", a.Facts.ServerName, b.Facts.ServerName)
	say("ALPN", a.Facts.ALPN, b.Facts.ALPN)
	say("first handshake", howText(a.Facts), howText(b.Facts))
	say("extended master secret", yesText(a.Facts.ExtendedMasterSecret), yesText(b.Facts.ExtendedMasterSecret))
	x, y := hellos(a), hellos(b)
	out = append(out, helloWords(x, y)...)
	if len(x) > 1 && len(y) > 1 {
		say("second hello", quotedHello(x[1]), quotedHello(y[1]))
	}
	say("record header of the second hello", headerOf(a), headerOf(b))
	say("second hellos", kindsText(a.Facts), kindsText(b.Facts))
	return out
}

func orUnknown(s string) string {
	if s == "" {
		return "none known"
	}
	return wire.Printable(s)
}

func findingID(d *diagnose.Diagnosis) string {
	f, _ := decisive(d)
	return f.ID
}

func outcomeText(d *diagnose.Diagnosis) string {
	if d.Failed() {
		return "it failed"
	}
	return "nothing failed"
}

func howText(f diagnose.Facts) string {
	if f.Resumed {
		return "abbreviated"
	}
	return "full"
}

func yesText(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func kindsText(f diagnose.Facts) string {
	if len(f.SecondHellos) == 0 {
		return "none"
	}
	var kinds []string
	for _, h := range f.SecondHellos {
		if n := len(kinds); n == 0 || kinds[n-1] != h.Kind {
			kinds = append(kinds, h.Kind)
		}
	}
	return fmt.Sprintf("%d (%s)", len(f.SecondHellos), strings.Join(kinds, ", "))
}

// hellos gives the hellos that could be read.
func hellos(d *diagnose.Diagnosis) []*wire.ClientHello {
	var out []*wire.ClientHello
	for _, e := range d.Conversation.Events {
		if m, ok := e.Detail.(trace.MessageDetail); ok && m.Hello != nil {
			out = append(out, m.Hello)
		}
	}
	return out
}

// headerOf is the version in the header of the record with which the client
// began again, where it is not the negotiated one.
func headerOf(d *diagnose.Diagnosis) string {
	for _, e := range d.Conversation.Events {
		switch m := e.Detail.(type) {
		case trace.SecondHelloDetail:
			if m.HeaderVersion != 0 {
				return hex16(uint16(m.HeaderVersion))
			}
		case trace.RecordDetail:
			if m.Type == wire.TypeHandshake && m.Negotiated != 0 && m.Header != m.Negotiated {
				return hex16(uint16(m.Header))
			}
		}
	}
	return ""
}

func hex16(v uint16) string { return fmt.Sprintf("0x%04x", v) }
