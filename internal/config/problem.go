package config

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/proxy/valkey"
	"github.com/parley-tls/parley/internal/wire"
)

// A Problem is something in a file that cannot be, where it stands, and what to
// write instead.
type Problem struct {
	File         string
	Line, Column int    // from 1; zero: the file as a whole
	Key          string // with its parents, as in listeners[0].listen; may be empty
	Problem      string
	Advice       string // may be empty
	excerpt      []string
}

// Error is the place and the words on one line, and the lines around it.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Problem)
	if p.Advice != "" {
		b.WriteString("; " + p.Advice)
	}
	for _, line := range p.excerpt {
		b.WriteString("\n" + line)
	}
	return b.String()
}

// A Problems is all that was found wrong in a file.
type Problems []*Problem

// maxProblems bounds what is told of one file.
const maxProblems = 20

// Error tells one after the other, the first ones of many.
func (p Problems) Error() string {
	var out []string
	for _, one := range p[:min(len(p), maxProblems)] {
		out = append(out, one.Error())
	}
	if more := len(p) - maxProblems; more > 0 {
		out = append(out, fmt.Sprintf("%s: and %d more", p[0].File, more))
	}
	return strings.Join(out, "\n")
}

// Unwrap gives them one by one.
func (p Problems) Unwrap() []error {
	var out []error
	for _, one := range p {
		out = append(out, one)
	}
	return out
}

// with adds a problem, unless it is one of a key that listeners have in common,
// which another listener has had.
func (p Problems) with(one *Problem) Problems {
	for _, before := range p {
		if before.Key == one.Key {
			return p
		}
	}
	return append(p, one)
}

// orNil makes no error of no problems.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// around shows a line with the one before it, and points at a column.
func around(lines []string, line, column int) []string {
	if line < 1 || line > len(lines) {
		return nil
	}
	var out []string
	if line > 1 {
		out = append(out, fmt.Sprintf("  %5d | %s", line-1, shown(lines[line-2])))
	}
	out = append(out, fmt.Sprintf("> %5d | %s", line, shown(lines[line-1])))
	if column >= 1 && column <= maxShown {
		out = append(out, "        | "+strings.Repeat(" ", column-1-hidden(lines[line-1], column))+"^")
	}
	return out
}

// hidden is how many columns of a line, before one of them, are not shown.
func hidden(line string, column int) int {
	before := []rune(line)
	before = before[:min(column-1, len(before))]
	return max(0, len(before)-len([]rune(valkey.Redact(string(before)))))
}

// maxShown bounds a line of an excerpt.
const maxShown = 100

// shown is a line as it may be printed. A tab is a space, so that columns stay.
func shown(line string) string {
	runes := []rune(strings.ReplaceAll(strings.TrimRight(valkey.Redact(line), "\r"), "\t", " "))
	if len(runes) > maxShown {
		return wire.Printable(string(runes[:maxShown])) + "..."
	}
	return wire.Printable(string(runes))
}
