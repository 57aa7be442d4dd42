package page

import (
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
)

// A comparison is what the page of two captures shows.
type comparison struct {
	sheet
	Headline string
	Words    []string
	Alike    bool
	Sides    []side
	Both     *drawing // nil: one of the captures has no connection
}

// A side is one of the two.
type side struct {
	teller
	Source source
	Number int
	Main   *finding // nil: the capture has no connection
	Narrow drawing
	Arrows []arrow
}

func newComparison(a, b *report.Report) *comparison {
	c := &comparison{}
	c.Title = cut(a.Source.Name, 160) + " and " + cut(b.Source.Name, 160) + ", compared"
	x, y := report.Main(a), report.Main(b)
	c.Sides = []side{newSide("a", a, x), newSide("b", b, y)}
	if x == nil || y == nil {
		c.Headline = "There is nothing to compare: one of the captures has no connection."
		return c
	}
	d := report.Differ(x, y)
	c.Words, c.Headline = bounded(d.Words), d.Headline()
	c.Alike = d.First < 0 && len(d.Words) == 0
	c.tell(d)
	return c
}

func newSide(id string, r *report.Report, d *diagnose.Diagnosis) side {
	s := side{teller: teller{ID: id}, Source: newSource(r)}
	if d == nil {
		return s
	}
	v := d.Conversation
	s.Number, s.From, s.To = v.Number, address(v.Client), address(v.Server)
	s.Title = fmt.Sprintf("Ladder of connection %d of %s", v.Number, s.Source.Name)
	if len(d.Findings) > 0 {
		f := newFinding(d.Findings[0], func(frame int) ref { return ref{Frame: frame} })
		s.Main = &f
	}
	return s
}

// mostSteps bounds the two ladders.
const mostSteps = 120

// tell draws both ladders, step beside step.
func (c *comparison) tell(d report.Difference) {
	a, b := sideBySide(d)
	c.Sides[1].Before = number(a)
	c.MostArrows = number(a) + number(b)
	for i, rungs := range [][]rung{a, b} {
		room, of := shareOf(2), [...]*diagnose.Diagnosis{d.A, d.B}[i]
		s := &c.Sides[i]
		s.Narrow = narrow.draw(s.teller, rungs)
		s.Arrows = arrows(s.teller, rungs, leadingFinding(of), &room)
	}
	both := drawBoth(c.Sides[0].teller, c.Sides[1].teller, a, b)
	c.Both = &both
}

// firstDifference is written at the step where two connections part.
const firstDifference = "▲ the first difference"

// noSuchStep stands where only the other connection goes on.
const noSuchStep = "no such step"

// sideBySide gives both stories with as many rungs, those of a step at the same place.
func sideBySide(d report.Difference) (a, b []rung) {
	from, to := around(len(d.Steps), d.First)
	for i, step := range d.Steps[from:to] {
		for _, s := range []struct {
			rungs *[]rung
			one   *report.Rung
		}{{&a, step.A}, {&b, step.B}} {
			r := rung{}
			switch n := len(*s.rungs); {
			case s.one != nil:
				r.Rung = *s.one
			case n == 0 || (*s.rungs)[n-1].Text != "" && (*s.rungs)[n-1].Text != noSuchStep:
				r.Text = noSuchStep // once; the steps after it stay empty
			}
			r.Differs = !step.Same
			if from+i == d.First {
				r.Decides, r.Tag = true, firstDifference
			}
			*s.rungs = append(*s.rungs, r)
		}
	}
	open(a)
	open(b)
	a, b = said(a, from, len(d.Steps)-to), said(b, from, len(d.Steps)-to)
	number(a)
	number(b)
	return a, b
}

// open sees to it that one of a ladder's arrows is open at first: that of the
// first difference, or where it has none there the one at which it broke.
func open(rungs []rung) {
	if slices.ContainsFunc(rungs, func(r rung) bool { return r.Decides && r.From != trace.Nobody }) {
		return
	}
	for i := range rungs {
		rungs[i].Decides = rungs[i].Decides || rungs[i].Breaks
	}
}

// around chooses the steps that are shown of many: those about the first difference.
func around(steps, first int) (from, to int) {
	if steps <= mostSteps {
		return 0, steps
	}
	from = min(max(0, first-mostSteps/2), steps-mostSteps)
	return from, from + mostSteps
}

// said adds how many steps were left out before and behind.
func said(rungs []rung, before, behind int) []rung {
	left := func(n int) rung {
		return rung{Rung: report.Rung{Text: count(int64(n), "step is", "steps are") + " left out here"}}
	}
	if before > 0 {
		rungs = append([]rung{left(before)}, rungs...)
	}
	if behind > 0 {
		rungs = append(rungs, left(behind))
	}
	return rungs
}

// number numbers the arrows and gives how many there are.
func number(rungs []rung) int {
	n := 0
	for i := range rungs {
		if rungs[i].From != trace.Nobody {
			n++
			rungs[i].Number = n
		}
	}
	return n
}

// drawBoth draws two ladders of as many rungs, each beside the other's.
func drawBoth(a, b teller, ra, rb []rung) drawing {
	d := drawing{
		Form: left.name, ID: "both", Width: left.width, Title: "Both connections, step beside step",
		Description: "On the left: " + a.described(ra) + " On the right: " + b.described(rb),
	}
	la, y := left.lane(a, false)
	lb, _ := right.lane(b, false)
	for i := range ra {
		x, height := left.row(a, ra[i], y)
		z, other := right.row(b, rb[i], y)
		d.Rows = append(d.Rows, x, z)
		if ra[i].Differs {
			between := label{(left.server + right.client) / 2, y + 2 + left.line, "middle", "unlike", "≠"}
			d.Rows = append(d.Rows, row{Classes: "remark", Labels: []label{between}})
		}
		y += max(height, other)
	}
	la.Bottom, lb.Bottom = y+6, y+6
	d.Lanes = []lane{la, lb}
	d.Height = y + 7
	return d
}
