package inventory

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-tls/parley/internal/wire"
)

// A column of a table. least is how narrow it may become; zero: as it is.
type column struct {
	title string
	cell  func(*List, Client) string
	least int
	right bool // numbers
}

var columns = []column{
	{title: "client", cell: (*List).who, least: 16},
	{title: "seen", cell: (*List).age, right: true},
	{title: "conns", cell: func(_ *List, c Client) string { return thousands(int(c.Connections)) }, right: true},
	{title: "weakest", cell: func(_ *List, c Client) string { return c.Weakest }},
	{title: "needs", cell: (*List).needs, least: 16},
}

// extra are columns for wide screens, in the order in which they come.
var extra = []struct {
	column
	at int // their place
}{
	{column{title: "ja3", cell: func(_ *List, c Client) string { return c.JA3[:min(len(c.JA3), 8)] }}, 1},
	{column{title: "listener", cell: func(_ *List, c Client) string { return c.Listener }}, 1},
	{column{title: "found", cell: (*List).found, least: 8}, len(columns) + 2},
}

// gap stands between columns.
const gap = "  "

// who is the client in a word or two: its name stands behind its address.
func (l *List) who(c Client) string {
	name := c.SNI
	if c.Certificate != "" {
		name = "cert " + c.Name
	}
	return strings.TrimSpace(sourceText(c) + " " + name)
}

func sourceText(c Client) string {
	switch {
	case !c.Source.IsValid():
		return "unix"
	case c.Source.IsSingleIP():
		return c.Source.Addr().String()
	}
	return c.Source.String()
}

// age is how long ago a client was seen.
func (l *List) age(c Client) string {
	switch d := l.Now.Sub(c.Last); {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	default:
		return fmt.Sprintf("%dd", int(d.Hours())/24)
	}
}

// needs begins with what the client lacks, marked, since it is what one looks for.
func (l *List) needs(c Client) string {
	var lacking, rest []string
	list := l.lacks(c)
	for _, x := range c.Needs.Lacks(Offer{MinVersion: "9"}) { // whoever offers nothing lacks everything
		to := &rest
		if slices.Contains(list, x) {
			to = &lacking
		}
		*to = append(*to, x.text())
	}
	text := strings.Join(rest, ", ")
	if len(lacking) > 0 {
		text = strings.TrimSuffix("! "+strings.Join(lacking, ", ")+"; "+text, "; ")
	}
	return text
}

// text is a lack in a word or two.
func (x Lack) text() string {
	switch x.Key {
	case "":
		return x.Finding
	case "min_version":
		return "TLS " + x.Word
	case "suites":
		return x.Word
	}
	return x.Key + " " + x.Word
}

// found names the findings, the most frequent first.
func (l *List) found(c Client) string {
	var ids []string
	for id := range c.Findings {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if n := int(c.Findings[b]) - int(c.Findings[a]); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	return strings.Join(ids, ", ")
}

// Table writes a line for each client, fitted to a width.
func (l *List) Table(w io.Writer, width int) error {
	b := bufio.NewWriter(w)
	if len(l.Clients) > 0 {
		l.rows(b, width)
		fmt.Fprintln(b)
	}
	fmt.Fprintln(b, l.Summary())
	return b.Flush()
}

func (l *List) rows(w io.Writer, width int) {
	chosen, widths := l.fit(width)
	line := func(cells []string) {
		for i, text := range cells {
			text = cut(text, widths[i])
			pad := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(text)))
			if chosen[i].right {
				text, pad = pad, text
			}
			cells[i] = text + pad
		}
		fmt.Fprintln(w, strings.TrimRight(strings.Join(cells, gap), " "))
	}
	var titles []string
	for _, c := range chosen {
		titles = append(titles, c.title)
	}
	line(titles)
	for _, client := range l.Clients {
		line(l.cells(chosen, client))
	}
}

func (l *List) cells(chosen []column, c Client) (out []string) {
	for _, column := range chosen {
		out = append(out, wire.Printable(column.cell(l, c)))
	}
	return out
}

// fit takes extra columns as long as they have room, and makes others narrower
// where even the usual ones have none.
func (l *List) fit(width int) ([]column, []int) {
	chosen, widths := columns, l.widths(columns)
	for _, e := range extra {
		more := slices.Insert(slices.Clone(chosen), min(e.at, len(chosen)), e.column)
		if all := l.widths(more); total(all) <= width {
			chosen, widths = more, all
		}
	}
	for total(widths) > width {
		widest := -1
		for i, c := range chosen {
			if c.least > 0 && widths[i] > c.least && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return chosen, widths
}

func (l *List) widths(chosen []column) (out []int) {
	for _, c := range chosen {
		n := len(c.title)
		for _, client := range l.Clients {
			n = max(n, utf8.RuneCountInString(wire.Printable(c.cell(l, client))))
		}
		out = append(out, n)
	}
	return out
}

func total(widths []int) int {
	n := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		n += w
	}
	return n
}

// cut shortens a text to a width.
func cut(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return string(runes[:max(0, width-1)]) + "…"
}
