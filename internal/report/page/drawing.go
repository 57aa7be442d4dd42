package page

import (
	"fmt"
	"slices"
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

// Two ladders beside each other.
var (
	left  = geometry{"wide", 1120, 5, 540, 71, false, 14, 16}
	right = geometry{"wide", 1120, 580, 1115, 71, false, 14, 16}
)

// A drawing is one ladder or two beside each other, with every place reckoned,
// for a template to write out.
type drawing struct {
	Form               string
	ID                 string
	Width, Height      float64
	Lanes              []lane
	Title, Description string
	Rows               []row
}

// A lane is the two lines between which a ladder's arrows go.
type lane struct {
	Client, Server, Top, Bottom float64
	Names                       []label
}

// A row is one rung of it.
type row struct {
	ID      string // of an arrow; empty: a remark
	Opens   string // the id of its details
	Spoken  string
	Classes string
	Band    band
	Labels  []label
	Tail    float64
	Shaft   []float64 // heights of its strokes
	End     float64
	Head    string // a path
	Cross   string // a path, where it breaks
	Missing string // a path, where bytes are missing
}

type label struct {
	X, Y   float64
	Anchor string
	Class  string
	Text   string
}

type band struct{ X, Y, Width, Height float64 }

// draw draws a ladder in a form.
func (g geometry) draw(t teller, rungs []rung) drawing {
	d := drawing{
		Form: g.name, ID: t.ID + "-" + g.name, Width: g.width,
		Title: t.Title, Description: t.described(rungs),
	}
	l, y := g.lane(t, slices.ContainsFunc(rungs, func(r rung) bool { return r.Frame > 0 }))
	for _, r := range rungs {
		row, height := g.row(t, r, y)
		d.Rows = append(d.Rows, row)
		y += height
	}
	l.Bottom = y + 6
	d.Lanes = []lane{l}
	d.Height = l.Bottom + 1
	return d
}

// edge is where a band begins: frame and time are part of an arrow.
func (g geometry) edge() float64 {
	if g.beside {
		return 0
	}
	return g.client - 5
}

// lane writes who stands at the two lines and gives where the first rung begins.
func (g geometry) lane(t teller, framed bool) (lane, float64) {
	const most = 47 // an IPv6 address and a port
	l := lane{Client: g.client, Server: g.server, Top: 38}
	second := 0.0
	if !g.beside {
		second, l.Top = 33, 70
	}
	l.Names = []label{
		{g.client, 13, "start", "who", "client"}, {g.client, 28, "start", "small", cut(t.From, most)},
		{g.server, 13 + second, "end", "who", "server"}, {g.server, 28 + second, "end", "small", cut(t.To, most)},
	}
	if g.beside && framed {
		l.Names = append(l.Names, label{62, 28, "end", "small", "frame"})
	}
	if g.beside {
		l.Names = append(l.Names, label{g.client - 10, 28, "end", "small", "time"})
	}
	return l, l.Top + 6
}

func (g geometry) row(t teller, r rung, y float64) (row, float64) {
	if r.From == trace.Nobody {
		return g.remark(r, y)
	}
	out := row{
		ID: t.arrow(g.name, r.Number), Opens: t.arrow("a", r.Number), Spoken: r.spoken(),
		Classes: classes(r, t.Before), Tail: g.client, End: g.server,
	}
	anchor, x := "start", g.client+12
	if r.From == trace.Server {
		anchor, x = "end", g.server-12
		out.Tail, out.End = g.server, g.client
	}
	at := y + 4
	if !g.beside {
		at += g.small
		out.Labels = []label{{x, at - 2, anchor, "small", strings.Join(r.place(), " · ")}}
	}
	if g.beside {
		out.Labels = g.margin(r, at+g.line-3)
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
	out.Band = band{g.edge(), y, g.server + 5 - g.edge(), at - y}
	return out, at - y
}

// margin sets number, frame and time in columns beside an arrow.
func (g geometry) margin(r rung, y float64) []label {
	out := []label{{20, y, "end", "number", fmt.Sprint(r.Number)}}
	if r.Frame > 0 {
		out = append(out, label{62, y, "end", "small", fmt.Sprint(r.Frame)})
	}
	if r.timed() {
		out = append(out, label{g.client - 10, y, "end", "small", elapsed(r.At)})
	}
	return out
}

// place is the same in words.
func (r rung) place() []string {
	out := []string{fmt.Sprint(r.Number)}
	if r.Frame > 0 {
		out = append(out, fmt.Sprintf("frame %d", r.Frame))
	}
	if r.timed() {
		out = append(out, elapsed(r.At))
	}
	return out
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
	if r.Tag != "" {
		at += g.line - 6
		out.Labels = append(out.Labels, label{(g.client + g.server) / 2, at - 3, "middle", "tag", r.Tag})
		at += 6
		out.Classes += " decides"
		out.Band = band{g.edge(), y, g.server + 5 - g.edge(), at - y}
	}
	if r.gap() {
		out.Missing = fmt.Sprintf("M%g %gv%gM%g %gv%g", g.client, y, at-y, g.server, y, at-y)
	}
	return out, at - y
}

func (r rung) gap() bool {
	return len(r.Events) > 0 && r.Events[0].Name == trace.Gap
}

func classes(r rung, before int) string {
	out := fmt.Sprintf("rung r%d", before+r.Number)
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
