package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
)

// TerminalOptions say how much is written, and how.
type TerminalOptions struct {
	Style
	// All writes every connection in full, and no ladder shortened.
	All bool
	// Connections are the numbers of those to write in full; nil: those that matter.
	Connections []int
}

// Terminal writes a report for a person at a terminal: the verdict first, then
// what it rests on, and the ladder.
func Terminal(w io.Writer, r *Report, o TerminalOptions) error {
	s := newSheet(w, o.Style)
	if r.Source.Broken != "" {
		s.row(0, cell{text: "Only part of the capture could be read: " + r.Source.Broken + ".", colour: yellow})
		s.gap()
	}
	switch chosen := choose(r, o.Connections); {
	case len(o.Connections) > 0:
		s.each(chosen, o)
		s.strangers(r, o.Connections)
	case len(r.Connections) == 1 && r.Total.Connections <= 1:
		s.connection(r.Connections[0], o, connectionTitle(r.Connections[0]))
	default:
		s.summary(r, o)
	}
	s.notSeen(r)
	s.source(r)
	return s.done()
}

// choose gives the connections with the numbers wanted.
func choose(r *Report, numbers []int) []*diagnose.Diagnosis {
	var out []*diagnose.Diagnosis
	for _, d := range r.Connections {
		if slices.Contains(numbers, d.Conversation.Number) {
			out = append(out, d)
		}
	}
	return out
}

// each writes connections in full, one under the other.
func (s *sheet) each(list []*diagnose.Diagnosis, o TerminalOptions) {
	for i, d := range list {
		if i > 0 {
			s.gap()
			s.line(s.in(faint, strings.Repeat("─", s.Width)))
			s.gap()
		}
		s.connection(d, o, connectionTitle(d))
	}
}

// strangers says which numbers no connection has.
func (s *sheet) strangers(r *Report, numbers []int) {
	for _, n := range numbers {
		if !slices.ContainsFunc(r.Connections, func(d *diagnose.Diagnosis) bool { return d.Conversation.Number == n }) {
			s.row(0, cell{text: fmt.Sprintf("There is no connection %d among the %s that were kept.", n, number(int64(len(r.Connections))))})
		}
	}
}

// notSeen says what could not be seen of the whole capture.
func (s *sheet) notSeen(r *Report) {
	if len(r.Missing) == 0 {
		return
	}
	s.heading("Of the capture as a whole")
	for _, m := range r.Missing {
		s.bullet(m)
	}
}

// source says what the report is about.
func (s *sheet) source(r *Report) {
	s.gap()
	s.row(0, cell{text: sourceText(r), colour: faint})
}

func sourceText(r *Report) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add(r.Source.Name)
	add(r.Source.Format)
	if r.Source.Frames > 0 {
		add(count(int64(r.Source.Frames), "frame"))
	}
	if !r.Source.First.IsZero() {
		add(spanText(r.Source.First, r.Source.Last))
	}
	if r.Source.SHA256 != "" {
		add("SHA-256 " + cut(r.Source.SHA256, 16) + "…")
	}
	if r.Source.Sanitized {
		add("sanitized")
	}
	add(r.Tool)
	return strings.Join(parts, " · ")
}

// spanText tells a span of time, in UTC; the second date only where it is another.
func spanText(first, last time.Time) string {
	first, last = first.UTC(), last.UTC()
	text := first.Format(time.DateTime)
	switch {
	case last.IsZero() || last.Format(time.DateTime) == text:
	case last.Format(time.DateOnly) == first.Format(time.DateOnly):
		text += " to " + last.Format(time.TimeOnly)
	default:
		text += " to " + last.Format(time.DateTime)
	}
	return text + " UTC"
}
