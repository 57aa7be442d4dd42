package explain

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/report"
)

const (
	labelWidth = 11 // the column of the labels, with the margin before it
	leastWidth = 60
)

// Terminal writes a result for a person.
func Terminal(w io.Writer, r Result, s report.Style) error {
	p := printer{width: max(s.Width, leastWidth), color: s.Color}
	for n, i := range r.Items {
		if n > 0 {
			p.line("")
		}
		p.item(i, len(r.Items) > 1)
	}
	if r.Dropped > 0 {
		p.line("")
		p.paragraph("", fmt.Sprintf("%d further messages were understood and are not shown: give them one by one.", r.Dropped))
	}
	if !r.Explained() {
		p.unknown(r)
	}
	if r.Cut {
		p.line("")
		p.paragraph("", fmt.Sprintf("Only the first %d lines, or %d KiB, were read.", maxLines, maxText>>10))
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// A printer collects lines of a width.
type printer struct {
	strings.Builder
	width int
	color bool
}

func (p *printer) line(text string) { p.WriteString(text + "\n") }

const (
	boldOn  = "\x1b[1m"
	faintOn = "\x1b[2m"
	allOff  = "\x1b[0m"
)

func (p *printer) bold(text string) string  { return p.paint(boldOn, text) }
func (p *printer) faint(text string) string { return p.paint(faintOn, text) }

func (p *printer) paint(how, text string) string {
	if !p.color || text == "" {
		return text
	}
	return how + text + allOff
}

// paragraph writes a text behind a label, and its further lines below itself.
func (p *printer) paragraph(label, text string) {
	if text == "" {
		return
	}
	for n, line := range report.Wrap(text, p.width-labelWidth) {
		if n > 0 {
			label = ""
		}
		p.line(p.labelled(label) + line)
	}
}

func (p *printer) labelled(label string) string {
	if label == "" {
		return strings.Repeat(" ", labelWidth)
	}
	return p.bold("  "+label) + strings.Repeat(" ", labelWidth-2-len(label))
}

func (p *printer) item(i Item, several bool) {
	if i.Page != nil {
		if i.Message != i.Page.ID {
			p.title(i.Message + ", " + i.Code)
			p.indented(i.Meaning)
			p.line("")
		}
		p.page(*i.Page)
		return
	}
	p.title(i.Message)
	if from := source(i); from != "" {
		p.faintly(from)
	}
	if several && i.Line != i.Message {
		p.faintly("in: " + i.Line)
	}
	p.line("")
	p.paragraph("says", i.Meaning)
	p.paragraph("who", i.Who)
	p.causes(i.Causes)
	p.paragraph("Parley", i.Parley)
	p.paragraph("client", i.Client)
	p.paragraph("capture", i.Capture)
	p.more(i.Causes)
}

// faintly writes what stands back.
func (p *printer) faintly(text string) {
	for _, line := range report.Wrap(text, p.width) {
		p.line(p.faint(line))
	}
}

func (p *printer) title(text string) {
	for _, line := range report.Wrap(text, p.width) {
		p.line(p.bold(line))
	}
}

// source says whose words a message is, and under which number.
func source(i Item) string {
	var parts []string
	if i.Library != "" && !strings.Contains(i.Code, i.Library) {
		parts = append(parts, i.Library)
	}
	if i.Code != "" {
		parts = append(parts, i.Code)
	}
	if i.Alert != nil && i.Message != i.Alert.String() {
		parts = append(parts, fmt.Sprintf("with alert %s (%d)", i.Alert, uint8(*i.Alert)))
	}
	return strings.Join(parts, ", ")
}

// causes are numbered, the likeliest first.
func (p *printer) causes(causes []Cause) {
	if len(causes) == 0 {
		return
	}
	p.line("")
	label := "why"
	for n, c := range causes {
		number := ""
		if len(causes) > 1 {
			number = strconv.Itoa(n+1) + "  "
		}
		text := c.Why
		if c.Finding != "" {
			text = c.Finding + ": " + text
		}
		for m, line := range report.Wrap(text, p.width-labelWidth-len(number)) {
			if m > 0 {
				label, number = "", strings.Repeat(" ", len(number))
			} else if c.Finding != "" {
				line = p.bold(c.Finding) + strings.TrimPrefix(line, c.Finding)
			}
			p.line(p.labelled(label) + number + line)
		}
		label = ""
	}
	p.line("")
}

// more says how to read on.
func (p *printer) more(causes []Cause) {
	for _, c := range causes {
		if _, ok := findings.Page(c.Finding); ok {
			p.paragraph("more", "parley explain "+c.Finding)
			return
		}
	}
}

func (p *printer) page(e findings.Entry) {
	p.title(e.ID)
	if e.Level != "" {
		p.faintly(e.Level)
	}
	p.line("")
	p.indented(e.Sentence)
	for _, s := range e.Sections {
		p.line("")
		p.line(p.bold(s.Title))
		for _, text := range s.Paragraphs {
			p.indented(text)
		}
	}
}

func (p *printer) indented(text string) {
	for _, line := range report.Wrap(text, p.width-2) {
		p.line("  " + line)
	}
}

func (p *printer) unknown(r Result) {
	p.title("This is no message that Parley knows.")
	p.line("")
	p.paragraph("seen", strings.Join(r.Heard, "; "))
	label := "perhaps"
	for _, name := range r.Nearest {
		p.paragraph(label, name)
		label = ""
	}
	p.paragraph("do", "Give the whole line as it stands in the log, and the lines around it: parley explain - < FILE. What counts is the library's own text or code, not the program's.")
	p.paragraph("capture", captureWhole)
}
