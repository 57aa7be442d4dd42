package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/parley-tls/parley/internal/trace"
)

// A Style says how a ladder is drawn.
type Style struct {
	Width int  // columns; below 60 counts as 60
	Color bool // ANSI colours
}

const (
	minWidth  = 60
	timeWidth = len("0.000 s")
	// timesFrom is the width from which there is room for times beside frames.
	timesFrom = 72
)

func (s Style) width() int { return max(s.Width, minWidth) }

// Draw writes a ladder: frames or times on the left, then the client's arrows to
// the right and the server's to the left; a double line is under keys. Text that
// does not fit goes on in the next line.
func Draw(w io.Writer, rungs []Rung, s Style) error {
	d := drawing{Style: s}
	d.measure(rungs)
	var b strings.Builder
	d.head(&b)
	for _, r := range rungs {
		d.rung(&b, r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// A drawing is a ladder that is being drawn.
type drawing struct {
	Style
	frames bool // the left column has frames
	times  bool
	breaks bool // a column for the mark of the breaking arrow
	digits int  // of the largest frame
	clock  int  // columns of the longest time
	inner  int  // columns between the two lines
}

// measure settles what the left column holds.
func (d *drawing) measure(rungs []Rung) {
	d.clock = timeWidth + 1
	for _, r := range rungs {
		d.clock = max(d.clock, len(timeText(r)))
		d.frames = d.frames || r.Frame > 0
		d.breaks = d.breaks || r.Breaks
		d.digits = max(d.digits, len(fmt.Sprint(r.Frame)), len("frame"))
	}
	d.times = !d.frames || d.width() >= timesFrom
	d.inner = d.width() - columns(d.left(Rung{}, false)) - 2
}

// left is what stands before a rung; only its first line says when.
func (d *drawing) left(r Rung, says bool) string {
	left := ""
	if d.breaks {
		left = "  "
		if r.Breaks && says {
			left = "✗ "
		}
	}
	frame, at := "", ""
	if says && r.Frame > 0 {
		frame = fmt.Sprint(r.Frame)
	}
	if says {
		at = timeText(r)
	}
	if d.frames {
		left += fmt.Sprintf("%*s ", d.digits, frame)
	}
	if d.times {
		left += fmt.Sprintf("%*s ", d.clock, at)
	}
	return left
}

// timeText is when something was; of what is far from the beginning nobody wants
// milliseconds.
func timeText(r Rung) string {
	switch s := r.At.Seconds(); {
	case r.Left > 0:
		return ""
	case s < 1000:
		return fmt.Sprintf("%.3f s", s)
	default:
		return fmt.Sprintf("%.0f s", s)
	}
}

func (d *drawing) head(b *strings.Builder) {
	left := columns(d.left(Rung{}, false))
	title := ""
	if d.breaks {
		title = "  "
	}
	if d.frames {
		title += fmt.Sprintf("%*s", d.digits, "frame")
	}
	if d.frames && d.times {
		title += "  time"
	}
	if left-2 < columns(title) {
		left = columns(title) + 3
	}
	title = pad(title, " ", left-2) + "client"
	fmt.Fprintf(b, "%sserver\n", pad(title, " ", d.width()-len("server")))
}

func (d *drawing) rung(b *strings.Builder, r Rung) {
	for i, text := range Wrap(r.Text, d.inner-8) {
		fmt.Fprintf(b, "%s│%s│\n", d.paint(r, d.left(r, i == 0)), d.paint(r, line(r, text, i, d.inner)))
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
	strokes := strings.Repeat(stroke, inner-columns(text)-5)
	if r.From == trace.Client {
		return stroke + stroke + " " + text + " " + strokes + "▶"
	}
	return "◀" + strokes + " " + text + " " + stroke + stroke
}

const (
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	faint  = "\x1b[2m"
	normal = "\x1b[0m"
)

// paint colours a line: what the story turns on stands out, remarks stand back.
func (d *drawing) paint(r Rung, text string) string {
	switch {
	case r.Breaks:
		return d.in(bold+red, text)
	case r.Marked:
		return d.in(bold+yellow, text)
	case r.From == trace.Nobody:
		return d.in(faint, text)
	}
	return text
}

// in colours a text, if there are colours and there is a text.
func (s Style) in(colour, text string) string {
	if !s.Color || colour == "" || strings.TrimSpace(text) == "" {
		return text
	}
	return colour + text + normal
}
