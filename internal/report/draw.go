package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/parley-tls/parley/internal/trace"
)

// A Style says how a ladder is drawn.
type Style struct {
	Width int  // columns; below 60 counts as 60
	Color bool // ANSI colours
}

const (
	minWidth  = 60
	timeWidth = 9
)

// Draw writes a ladder: time on the left, then the client's arrows to the right
// and the server's to the left; a double line is under keys. Text that does not
// fit goes on in the next line.
func Draw(w io.Writer, rungs []Rung, s Style) error {
	inner := max(s.Width, minWidth) - timeWidth - 2
	var b strings.Builder
	fmt.Fprintf(&b, "%*sclient%sserver\n", timeWidth-2, "", strings.Repeat(" ", inner-8))
	for _, r := range rungs {
		s.rung(&b, r, inner)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (s Style) rung(b *strings.Builder, r Rung, inner int) {
	for i, text := range Wrap(r.Text, inner-8) {
		at := ""
		if i == 0 {
			at = fmt.Sprintf("%.3f s", r.At.Seconds())
		}
		fmt.Fprintf(b, "%*s │%s│\n", timeWidth-1, at, s.paint(r, line(r, text, i, inner)))
	}
}

// line draws one arrow, or one line of a remark, over the whole width.
func line(r Rung, text string, part, inner int) string {
	if r.From == trace.Nobody || part > 0 {
		return pad("   "+text, " ", inner)
	}
	stroke := "─"
	if r.Protected {
		stroke = "═"
	}
	rest := inner - utf8.RuneCountInString(text) - 5
	if r.From == trace.Client {
		return stroke + stroke + " " + text + " " + strings.Repeat(stroke, rest) + "▶"
	}
	return "◀" + strings.Repeat(stroke, rest) + " " + text + " " + stroke + stroke
}

func pad(text, with string, width int) string {
	return text + strings.Repeat(with, max(0, width-utf8.RuneCountInString(text)))
}

// Wrap breaks text at spaces into lines of at most width runes; a longer word is cut.
func Wrap(text string, width int) []string {
	var lines []string
	current := ""
	for _, word := range strings.Fields(text) {
		for utf8.RuneCountInString(word) > width {
			if current != "" {
				lines, current = append(lines, current), ""
			}
			cut := []rune(word)
			lines = append(lines, string(cut[:width]))
			word = string(cut[width:])
		}
		switch {
		case current == "":
			current = word
		case utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) <= width:
			current += " " + word
		default:
			lines = append(lines, current)
			current = word
		}
	}
	if current != "" || len(lines) == 0 {
		lines = append(lines, current)
	}
	return lines
}

const (
	bold   = "\x1b[1m"
	yellow = "\x1b[33m"
	faint  = "\x1b[2m"
	normal = "\x1b[0m"
)

// paint colours a line: what the story turns on stands out, remarks stand back.
func (s Style) paint(r Rung, text string) string {
	switch {
	case !s.Color:
		return text
	case r.Marked:
		return bold + yellow + text + normal
	case r.From == trace.Nobody:
		return faint + text + normal
	}
	return text
}
