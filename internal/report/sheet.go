package report

import (
	"bufio"
	"io"
	"strings"
)

// A sheet is what is written for a terminal: lines that are never wider than the
// style says, of text that a terminal can be sent.
type sheet struct {
	Style
	w   *bufio.Writer
	err error
}

func newSheet(w io.Writer, s Style) *sheet {
	return &sheet{Style: Style{Width: s.width(), Color: s.Color}, w: bufio.NewWriter(w)}
}

// done writes what is left, and gives the first error there was.
func (s *sheet) done() error {
	if s.err != nil {
		return s.err
	}
	return s.w.Flush()
}

func (s *sheet) line(text string) {
	if s.err == nil {
		_, s.err = s.w.WriteString(strings.TrimRight(text, " ") + "\n")
	}
}

func (s *sheet) gap() { s.line("") }

// A cell is one column of a row. Its text is wrapped within it.
type cell struct {
	text   string
	width  int // 0: what is left of the line
	colour string
	right  bool // stands at its column's right
}

// row writes cells beside each other.
func (s *sheet) row(indent int, cells ...cell) {
	left := s.Width - indent
	lines := make([][]string, len(cells))
	height := 0
	for i := range cells {
		if cells[i].width == 0 || cells[i].width > left {
			cells[i].width = max(left, minColumn)
		}
		left -= cells[i].width + cellGap
		lines[i] = Wrap(cells[i].text, cells[i].width)
		height = max(height, len(lines[i]))
	}
	for n := range height {
		var b strings.Builder
		b.WriteString(strings.Repeat(" ", indent))
		for i, c := range cells {
			text := ""
			if n < len(lines[i]) {
				text = lines[i][n]
			}
			if c.right {
				text = strings.Repeat(" ", max(0, c.width-columns(text))) + text
			}
			b.WriteString(s.in(c.colour, text))
			if i < len(cells)-1 {
				b.WriteString(strings.Repeat(" ", max(0, c.width-columns(text))+cellGap))
			}
		}
		s.line(b.String())
	}
}

const (
	cellGap   = 2 // between two columns
	minColumn = 2 // has room for a wide rune
)

// heading begins a section.
func (s *sheet) heading(text string) {
	s.gap()
	s.row(0, cell{text: text, colour: bold})
}

// table writes rows under each other, their columns as wide as they need to be,
// or, where there is no room, the widest ones narrower.
func (s *sheet) table(indent int, rows [][]cell) {
	if len(rows) == 0 {
		return
	}
	widths := make([]int, len(rows[0]))
	for i := range widths {
		widths[i] = minColumn
	}
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], min(columns(clean(c.text)), s.Width))
		}
	}
	narrow(widths, s.Width-indent-cellGap*(len(widths)-1))
	for _, r := range rows {
		for i := range r {
			r[i].width = widths[i]
		}
		s.row(indent, r...)
	}
}

// narrow takes from the widest of widths until they have room.
func narrow(widths []int, room int) {
	for sum := total(widths); sum > max(room, minColumn*len(widths)); sum-- {
		widest := 0
		for i, w := range widths {
			if w >= widths[widest] {
				widest = i
			}
		}
		widths[widest]--
	}
}

func total(list []int) int {
	sum := 0
	for _, n := range list {
		sum += n
	}
	return sum
}
