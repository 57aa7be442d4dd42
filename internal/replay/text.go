package replay

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
)

// A Told is a replay as it is told to a person.
type Told struct {
	Captured *Captured
	Plan     *Plan
	Address  string
	Tool     string
	Style    report.TerminalOptions

	remarked bool
}

// Intent writes what will be played.
func (t *Told) Intent(w io.Writer) error {
	var b bytes.Buffer
	c := t.Captured.Diagnosis.Conversation
	t.wrap(&b, "", fmt.Sprintf("%s, connection %d%s: the client of %s is played against %s.", t.Captured.Source.Name, c.Number, t.which(), c.Client, t.Address))
	t.wrap(&b, "", report.Verdict(t.Captured.Diagnosis))
	t.heading(&b, "What is played")
	for i, l := range t.Plan.Lines() {
		t.wrap(&b, fmt.Sprintf("%4d  frame %-5d ", i+1, l.Frame), l.Text)
	}
	if notes := t.Plan.Notes; len(notes) > 0 {
		t.heading(&b, "Not as in the capture")
		for _, n := range notes {
			t.wrap(&b, "  ·  ", n)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (t *Told) heading(b *bytes.Buffer, text string) {
	if t.Style.Color {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	b.WriteString("\n" + text + "\n")
}

// which says how the connection was chosen, where there was a choice.
func (t *Told) which() string {
	if t.Captured.Of < 2 || t.Captured.Chosen {
		return ""
	}
	first := "the first of TLS"
	if t.Captured.Diagnosis.Failed() {
		first = "the first that failed"
	}
	return fmt.Sprintf(" of %d, %s (--connection chooses another)", t.Captured.Of, first)
}

// Remark writes a remark while the plan is played.
func (t *Told) Remark(w io.Writer, r Remark) error {
	var b bytes.Buffer
	if !t.remarked {
		t.remarked = true
		t.heading(&b, "What the server does otherwise")
	}
	step := "before"
	if r.Step >= 0 {
		step = fmt.Sprint("step ", t.Plan.LineOf(r.Step))
	}
	t.wrap(&b, fmt.Sprintf("  %-8s ", step), r.Text)
	_, err := w.Write(b.Bytes())
	return err
}

// Result writes both ladders and the verdict.
func (t *Told) Result(w io.Writer, r *Result) error {
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	if r.Live != nil && t.Plan.Sealed {
		var b bytes.Buffer
		t.wrap(&b, "", "Both are shown as they look without a key, since the capture was not opened.")
		if _, err := fmt.Fprintf(w, "%s\n", b.Bytes()); err != nil {
			return err
		}
	}
	if r.Live != nil {
		if err := report.Compare(w, t.report(t.Captured.Diagnosis, t.Captured.Source), t.report(r.Live, report.Source{Name: "the replay to " + t.Address, Live: true}), t.Style); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	b.WriteString("\n")
	colour, end := "", ""
	if t.Style.Color {
		colour, end = "\x1b[1;31m", "\x1b[0m"
		if r.Verdict.Status == Served {
			colour = "\x1b[1;32m"
		}
	}
	b.WriteString(colour)
	t.wrap(&b, "", r.Verdict.Text)
	b.WriteString(end)
	_, err := w.Write(b.Bytes())
	return err
}

// report is a report of one connection.
func (t *Told) report(d *diagnose.Diagnosis, s report.Source) *report.Report {
	r := &report.Report{Tool: t.Tool, Source: s, Total: report.Total{Findings: map[string]int{}}}
	r.Connections = []*diagnose.Diagnosis{d}
	return r
}

// wrap writes text behind a mark, as wide as the screen.
func (t *Told) wrap(b *bytes.Buffer, mark, text string) {
	indent := strings.Repeat(" ", len([]rune(mark)))
	for i, line := range report.Wrap(text, max(40, t.Style.Width-len(indent))) {
		if i > 0 {
			mark = indent
		}
		b.WriteString(mark + line + "\n")
	}
}
