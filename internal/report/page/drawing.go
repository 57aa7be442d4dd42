package page

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
)

// A geometry is a form that a ladder is drawn in. Its text is set in a font of
// which every character is as wide as another, so that lines can be broken
// without asking a browser.
type geometry struct {
	name           string // of the form, part of ids
	width          float64
	client, server float64 // where their lines stand
	columns        int     // characters of a label's line
	beside         bool    // frame and time stand beside an arrow, not above it
	small          float64 // height of a line of small text
	line           float64 // height of a label's line
}

// The forms: for a screen or sheet, and for a telephone held upright.
var (
	wide   = geometry{"wide", 720, 152, 712, 73, true, 14, 16}
	narrow = geometry{"narrow", 320, 5, 315, 41, false, 14, 15}
)

// A drawing is a ladder with every place reckoned, for a template to write out.
type drawing struct {
	Form                   string
	Case                   string // the id of its connection's part
	Width, Height          float64
	Client, Server         float64
	Top, Bottom            float64 // of the two lines
	ClientName, ServerName []label
	Title, Description     string
	Rows                   []row
}

// A row is one rung of it.
type row struct {
	Number  int // 0: a remark
	Key     string
	Spoken  string
	Classes string
	Band    band
	Small   []label // number, frame and time
	Labels  []label
	Tail    float64
	Shaft   []float64 // heights of its strokes
	End     float64
	Head    string // a path
	Cross   string // a path, where it breaks
	Missing *band  // where bytes are missing
}

type label struct {
	X, Y   float64
	Anchor string
	Class  string
	Text   string
}

type band struct{ X, Y, Width, Height float64 }

// draw draws rungs in a form.
func (g geometry) draw(c *connection, rungs []rung) drawing {
	d := drawing{
		Form: g.name, Case: c.ID, Width: g.width, Client: g.client, Server: g.server,
		Title:       fmt.Sprintf("Ladder of connection %d", c.Number),
		Description: c.described(rungs),
	}
	y := g.names(&d, c.From, c.To)
	d.Top = y
	y += 6
	for _, r := range rungs {
		row, height := g.row(r, y)
		if r.Number > 0 {
			row.Key = fmt.Sprintf("%s-a%d", c.ID, r.Number)
		}
		d.Rows = append(d.Rows, row)
		y += height
	}
	d.Bottom = y + 6
	d.Height = d.Bottom + 1
	return d
}

// names writes who stands at the two lines and gives where the lines begin.
func (g geometry) names(d *drawing, client, server string) float64 {
	longest := 38
	d.ClientName = []label{{g.client, 13, "start", "who", "client"}, {g.client, 28, "start", "small", cut(client, longest+9)}}
	if g.beside {
		d.ServerName = []label{{g.server, 13, "end", "who", "server"}, {g.server, 28, "end", "small", cut(server, longest+9)}}
		return 38
	}
	d.ServerName = []label{{g.server, 46, "end", "who", "server"}, {g.server, 61, "end", "small", cut(server, longest+9)}}
	return 70
}

func (g geometry) row(r rung, y float64) (row, float64) {
	if r.From == trace.Nobody {
		return g.remark(r, y)
	}
	out := row{Number: r.Number, Spoken: r.spoken(), Classes: classes(r), Tail: g.client, End: g.server}
	anchor, x := "start", g.client+12
	if r.From == trace.Server {
		anchor, x = "end", g.server-12
		out.Tail, out.End = g.server, g.client
	}
	at := y + 4
	if !g.beside {
		at += g.small
		out.Small = []label{{x, at - 2, anchor, "small", strings.Join(r.place(), " · ")}}
	}
	if g.beside {
		out.Small = g.margin(r, at+g.line-3)
	}
	for _, text := range report.Wrap(cut(r.Text, 600), g.columns) {
		at += g.line
		out.Labels = append(out.Labels, label{x, at - 3, anchor, "say", text})
	}
	at += 6
	g.arrow(&out, r, at)
	at += 8
	if r.Tag != "" {
		for _, text := range report.Wrap(r.Tag, g.columns) {
			at += g.line
			out.Labels = append(out.Labels, label{x, at - 3, anchor, "tag", text})
		}
		at += 5
	}
	out.Band = band{0, y, g.width, at - y}
	return out, at - y
}

// margin sets number, frame and time in columns beside an arrow.
func (g geometry) margin(r rung, y float64) []label {
	out := []label{{20, y, "end", "number", fmt.Sprint(r.Number)}}
	if r.Frame > 0 {
		out = append(out, label{62, y, "end", "small", fmt.Sprint(r.Frame)})
	}
	return append(out, label{g.client - 10, y, "end", "small", elapsed(r.At)})
}

// place is the same in words.
func (r rung) place() []string {
	out := []string{fmt.Sprint(r.Number)}
	if r.Frame > 0 {
		out = append(out, fmt.Sprintf("frame %d", r.Frame))
	}
	return append(out, elapsed(r.At))
}

// arrow draws one stroke for what went in clear, two for what went under keys.
func (g geometry) arrow(out *row, r rung, y float64) {
	out.Shaft = []float64{y}
	if r.Protected {
		out.Shaft = []float64{y - 1.75, y + 1.75}
	}
	back := -1.0 // from the head towards the tail
	if r.From == trace.Server {
		back = 1
	}
	out.Head = fmt.Sprintf("M%g %gl%g -5v10z", out.End, y, back*10)
	out.End += back * 9
	if r.Breaks {
		x := out.End + back*14
		out.Cross = fmt.Sprintf("M%g %gl10 10m0 -10l-10 10", x-5, y-5)
	}
}

func (g geometry) remark(r rung, y float64) (row, float64) {
	out := row{Classes: "remark"}
	if r.Marked {
		out.Classes += " marked"
	}
	at := y + 2
	for _, text := range report.Wrap(cut(r.Text, 600), g.columns) {
		at += g.line
		out.Labels = append(out.Labels, label{(g.client + g.server) / 2, at - 3, "middle", "note", text})
	}
	at += 6
	if r.gap() {
		out.Missing = &band{0, y, g.width, at - y}
	}
	return out, at - y
}

func (r rung) gap() bool {
	return len(r.Events) > 0 && r.Events[0].Name == trace.Gap
}

func classes(r rung) string {
	out := fmt.Sprintf("rung r%d", r.Number)
	if r.Protected {
		out += " sealed"
	}
	switch {
	case r.Breaks:
		out += " decides breaks"
	case r.Decides:
		out += " decides"
	}
	return out
}
