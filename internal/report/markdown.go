package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/parley-tls/parley/internal/diagnose"
)

const (
	// maxMarkdown is about what an issue has room for.
	maxMarkdown = 60_000
	mostEntries = 20 // of a list
	maxCell     = 600
	ladderWidth = 92 // what a code block shows without scrolling
)

// Markdown writes a report to be pasted into an issue: the verdict, what it rests
// on, and the ladder. What a peer wrote is escaped, and all of it is bounded.
func Markdown(w io.Writer, r *Report) error {
	var m markdown
	if r.Source.Broken != "" {
		m.line("**Only part of the capture could be read:** " + escape(r.Source.Broken))
	}
	if len(r.Connections) == 1 && r.Total.Connections <= 1 {
		m.connection(r.Connections[0], "##")
		m.survey("Also to know", r.Survey)
	} else {
		m.summary(r)
	}
	if len(r.Missing) > 0 {
		m.heading("###", "Of the capture as a whole")
		m.items(r.Missing)
	}
	m.line("")
	m.line("*" + escape(sourceText(r)) + "*")
	_, err := io.WriteString(w, m.String())
	return err
}

type markdown struct{ strings.Builder }

func (m *markdown) line(text string) { m.WriteString(text + "\n") }

func (m *markdown) heading(level, text string) {
	if m.Len() > 0 {
		m.line("")
	}
	m.line(level + " " + escape(text))
	m.line("")
}

func (m *markdown) item(text string) { m.line("- " + escape(text)) }

func (m *markdown) items(list []string) {
	for _, text := range list[:min(len(list), mostEntries)] {
		m.item(text)
	}
	if more := len(list) - mostEntries; more > 0 {
		m.line(fmt.Sprintf("- … %d more", more))
	}
}

// table writes rows below a heading; a table of no rows is left out.
func (m *markdown) table(heading []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	m.cells(heading)
	m.line("|" + strings.Repeat(" --- |", len(heading)))
	for _, r := range rows[:min(len(rows), mostEntries)] {
		m.cells(r)
	}
	if more := len(rows) - mostEntries; more > 0 {
		m.line(fmt.Sprintf("\n… %d more", more))
	}
}

func (m *markdown) cells(list []string) {
	m.WriteString("|")
	for _, c := range list {
		m.WriteString(" " + escape(c) + " |")
	}
	m.line("")
}

func (m *markdown) connection(d *diagnose.Diagnosis, level string) {
	f, failed := decisive(d)
	m.heading(level, Verdict(d))
	if failed {
		m.line("**Whose fault:** " + escape(blameSurely(f)) + "  ")
	}
	if f.Cause != "" {
		m.line("**Why:** " + escape(f.Cause) + "  ")
	}
	for _, r := range f.Remedies {
		m.line("**In " + escape(r.Where) + ":** " + escape(Advice(r)) + "  ")
	}
	m.line("**Connection** " + escape(connectionTitle(d)+" · "+factsText(d)) + "  ")
	if d.Facts.Library != "" {
		m.line("**Library:** " + escape(withGrounds(d.Facts.Library, d.Facts.LibraryGrounds)))
	}
	if len(d.Charges) > 0 {
		m.heading(level+"#", "Is it my fault? "+Acquittal(f, d.Charges))
		m.table([]string{"", "what a server can have done", "how we know"}, each(d.Charges, func(c diagnose.Charge) []string {
			return []string{string(c.Verdict), c.What, withFrames(c.Why, c.Frames)}
		}))
	}
	if f.Level != diagnose.Note {
		m.grounds(d, f, level+"#")
	}
	if len(f.Missing) > 0 {
		m.heading(level+"#", "What could not be seen")
		m.items(f.Missing)
	}
	m.also(d, level+"#")
	m.ladder(d, level+"#")
}

func (m *markdown) grounds(d *diagnose.Diagnosis, f diagnose.Finding, level string) {
	if len(f.Proof) > 0 {
		m.heading(level, "How we know")
		m.table([]string{"where", "what"}, each(f.Proof, func(p diagnose.Proof) []string {
			return []string{placeText(d, p.Frame, p.At), proofText(p)}
		}))
	}
	if len(f.RuledOut) > 0 {
		m.heading(level, "Ruled out")
		m.items(each(f.RuledOut, func(r diagnose.RuledOut) string { return r.What + ": " + r.Why }))
	}
	if len(f.Others) > 0 {
		m.heading(level, "What other servers answer")
		m.table([]string{"server", "answer"}, each(f.Others, func(o diagnose.Other) []string { return []string{o.Server, o.Answer} }))
	}
}

func (m *markdown) also(d *diagnose.Diagnosis, level string) {
	others := alsoFound(d)
	if len(others) == 0 {
		return
	}
	m.heading(level, "Also found")
	m.items(each(others, func(f diagnose.Finding) string {
		return string(f.Level) + ", " + withFrames(f.ID+": "+f.Sentence, f.Frames)
	}))
}

// ladder is a block of code, fenced by more backticks than stand in it.
func (m *markdown) ladder(d *diagnose.Diagnosis, level string) {
	rungs := Shorten(Story(d), mostRungs)
	if len(rungs) == 0 {
		return
	}
	var drawn strings.Builder
	_ = Draw(&drawn, rungs, Style{Width: ladderWidth}) // a Builder takes all
	fence := "```"
	for strings.Contains(drawn.String(), fence) {
		fence += "`"
	}
	m.heading(level, "What passed")
	m.line(fence + "text")
	m.WriteString(drawn.String())
	m.line(fence)
}

func (m *markdown) summary(r *Report) {
	m.heading("##", totalText(r))
	m.table([]string{"connections", "level", "finding", "what happened"}, each(Tallies(r), func(t Tally) []string {
		return []string{number(int64(t.Count)), string(t.Example.Level), t.ID, t.Example.Sentence + exampleText(t)}
	}))
	m.survey("What they have in common", r.Survey)
	failed := failures(r)
	if len(failed) > 0 {
		m.heading("###", "Those that failed")
		m.table([]string{"connection", "finding", "client", "server", "time"}, each(failed, failedCells))
	}
	for _, d := range examples(failed) {
		var one markdown
		one.WriteString(" ") // so that its heading stands apart
		one.connection(d, "###")
		if m.Len()+one.Len() > maxMarkdown {
			m.line(fmt.Sprintf("\nConnection %d is left out: there is no room for it.", d.Conversation.Number))
			continue
		}
		m.WriteString(strings.TrimPrefix(one.String(), " "))
	}
}

func (m *markdown) survey(heading string, remarks []diagnose.Remark) {
	if len(remarks) == 0 {
		return
	}
	m.heading("###", heading)
	for _, remark := range remarks[:min(len(remarks), mostEntries)] {
		m.remark(remark)
	}
}

func failedCells(d *diagnose.Diagnosis) []string {
	c := d.Conversation
	when := ""
	if !c.Start.IsZero() {
		when = c.Start.UTC().Format(time.DateTime)
	}
	return []string{number(int64(c.Number)), findingID(d), address(c.Client), address(c.Server), when}
}

func (m *markdown) remark(r diagnose.Remark) {
	text := r.Title
	if r.Text != "" {
		text += ": " + r.Text
	}
	if r.Finding != nil {
		text += " (" + r.Finding.ID + ": " + r.Finding.Sentence + ")"
	}
	m.item(text)
	if len(r.Table) > 1 {
		m.line("")
		m.table(r.Table[0], r.Table[1:])
		m.line("")
	}
}

// Escape makes text of somebody else's mean nothing in Markdown, HTML included.
func Escape(text string) string { return escape(text) }

// escape makes text mean nothing in Markdown, HTML included. A comment behind
// what would call a person or link an issue keeps it from doing so.
func escape(text string) string {
	var b strings.Builder
	runes := []rune(fit(text, maxCell))
	word := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	for i, r := range runes {
		switch {
		case r == '_' && word(i-1) && word(i+1): // within a word it means nothing
			b.WriteRune(r)
		case strings.ContainsRune("\\`*_{}[]<>|~&", r):
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '@' || r == '#':
			b.WriteRune(r)
			if word(i + 1) {
				b.WriteString("<!-- -->")
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
