package report

import (
	"fmt"
	"io"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
)

const (
	besideFrom = 100 // the width from which two stories stand beside each other
	alikeKept  = 3   // steps that are told on either side of one that differs
)

// Compare writes two captures held against each other: in what they differ, and
// both stories with the first difference marked. o.Connections names the
// connection of each; without it they are those that matter most.
func Compare(w io.Writer, a, b *Report, o TerminalOptions) error {
	s := newSheet(w, o.Style)
	x, y := chosen(a, o.Connections, 0), chosen(b, o.Connections, 1)
	if x == nil || y == nil {
		s.row(0, cell{text: "There is nothing to compare: " + lacking(a, b, x == nil) + " has no such connection."})
		return s.done()
	}
	d := Differ(x, y)
	s.row(0, cell{text: d.Headline(), colour: bold + differColour(d)})
	s.gap()
	s.label("First", sideText(a, x))
	s.label("Second", sideText(b, y))
	if len(d.Words) > 0 {
		s.heading("In what they differ")
		for _, text := range d.Words {
			s.bullet(text)
		}
	}
	s.heading("What passed (a double arrow is under keys)")
	s.steps(d, o)
	return s.done()
}

// chosen gives the connection with the number that was asked for at index i, or
// with the only one that was.
func chosen(r *Report, numbers []int, i int) *diagnose.Diagnosis {
	if len(numbers) == 0 {
		return Main(r)
	}
	list := choose(r, numbers[min(i, len(numbers)-1):][:1])
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func lacking(a, b *Report, first bool) string {
	if first {
		return a.Source.Name
	}
	return b.Source.Name
}

func sideText(r *Report, d *diagnose.Diagnosis) string {
	f, _ := decisive(d)
	return fmt.Sprintf("%s, connection %s: %s: %s", r.Source.Name, connectionTitle(d), f.ID, f.Sentence)
}

func differColour(d Difference) string {
	if d.First < 0 && len(d.Words) == 0 {
		return green
	}
	return yellow
}

// steps writes both stories, beside each other where there is room, else under
// each other, step by step. What is alike far from a difference is left out.
func (s *sheet) steps(d Difference, o TerminalOptions) {
	near := nearDifference(d.Steps)
	for i := 0; i < len(d.Steps); i++ {
		begin := i
		for i < len(d.Steps) && !near[i] && !o.All {
			i++
		}
		if n := i - begin; n > 1 {
			s.row(2, cell{text: fmt.Sprintf("… %d steps alike …", n), colour: faint})
		} else {
			i = begin
		}
		if i < len(d.Steps) {
			s.step(d.Steps[i], i == d.First)
		}
	}
}

func nearDifference(steps []Step) []bool {
	near := make([]bool, len(steps))
	for i, step := range steps {
		if !step.Same {
			for j := max(i-alikeKept, 0); j <= min(i+alikeKept, len(steps)-1); j++ {
				near[j] = true
			}
		}
	}
	return near
}

func (s *sheet) step(step Step, first bool) {
	mark, colour := "", ""
	switch {
	case first:
		mark, colour = "≠", bold+yellow
	case !step.Same:
		mark, colour = "≠", yellow
	}
	if s.Width >= besideFrom {
		half := (s.Width - 1 - 3*cellGap - 1) / 2
		s.row(0, cell{text: mark, width: 1, colour: colour}, cell{text: stepLine(step.A), width: half, colour: colour},
			cell{text: "│", width: 1, colour: faint}, cell{text: stepLine(step.B), colour: colour})
		return
	}
	if step.Same {
		s.row(0, cell{width: 1}, cell{width: len("second")}, cell{text: stepLine(step.A)})
		return
	}
	for _, side := range []struct {
		name string
		rung *Rung
	}{{"first", step.A}, {"second", step.B}} {
		if side.rung != nil {
			s.row(0, cell{text: mark, width: 1, colour: colour}, cell{text: side.name, width: len("second"), colour: colour}, cell{text: stepLine(side.rung), colour: colour})
		}
	}
}

// stepLine is a rung without its length.
func stepLine(r *Rung) string {
	if r == nil {
		return ""
	}
	arrow := map[trace.Side][2]string{trace.Client: {"→", "⇒"}, trace.Server: {"←", "⇐"}, trace.Nobody: {"·", "·"}}[r.From]
	text := arrow[0] + " " + r.Text
	if r.Protected {
		text = arrow[1] + " " + r.Text
	}
	if r.Frame > 0 {
		text = fmt.Sprintf("%d %s", r.Frame, text)
	}
	return text
}
