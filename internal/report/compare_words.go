package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
)

// Headline says in one sentence where two connections part.
func (d Difference) Headline() string {
	switch {
	case d.First >= 0:
		return "Here the two part: " + d.parting() + "."
	case len(d.Words) > 0:
		return "The same passed in both; they differ in " + topics(d.Words) + "."
	}
	return "The two are alike in all that was looked at."
}

// topics names what some differences are about, the first few of them.
func topics(words []string) string {
	const most = 3
	var list []string
	for _, w := range words[:min(len(words), most)] {
		topic, _, _ := strings.Cut(w, ": ")
		list = append(list, topic)
	}
	return strings.Join(list, ", ")
}

// parting tells the first step that differs.
func (d Difference) parting() string {
	step := d.Steps[d.First]
	switch {
	case step.A == nil || step.B.tells() && !step.A.tells():
		return "only the second has " + subject(step.B, d.B) + inFrame(step.B)
	case step.B == nil || step.A.tells() && !step.B.tells():
		return "only the first has " + subject(step.A, d.A) + inFrame(step.A)
	}
	a, b := subject(step.A, d.A), subject(step.B, d.B)
	if a == b {
		return a + bothFrames(step) + d.ofSecondHellos(a, step)
	}
	return fmt.Sprintf("the first has %s%s, the second %s%s", a, inFrame(step.A), b, inFrame(step.B))
}

const secondHello = "the client's second hello"

// ofSecondHellos says in what two second hellos differ.
func (d Difference) ofSecondHellos(what string, s Step) string {
	switch {
	case what != secondHello:
		return ""
	case s.A.Protected && !s.B.Protected:
		return ", under keys in the first and in clear in the second"
	case s.B.Protected && !s.A.Protected:
		return ", in clear in the first and under keys in the second"
	}
	if x, y := hellos(d.A), hellos(d.B); len(x) > 1 && len(y) > 1 && quotedHello(x[1]) != quotedHello(y[1]) {
		return ", with " + quotedHello(x[1]) + " and with " + quotedHello(y[1])
	}
	switch x, y := headerOf(d.A), headerOf(d.B); {
	case x == y:
		return ""
	case y == "":
		return ", in the first with record header " + x
	case x == "":
		return ", in the second with record header " + y
	default:
		return ", with record headers " + x + " and " + y
	}
}

// subject names what a rung tells.
func subject(r *Rung, d *diagnose.Diagnosis) string {
	if r.secondHello(d) {
		return secondHello
	}
	text := fit(strings.TrimPrefix(r.Text, "▲ "), 60)
	if r.From == trace.Nobody {
		return "\"" + text + "\""
	}
	return "the " + r.From.String() + "'s \"" + text + "\""
}

// secondHello reports whether a rung is one, sealed or not.
func (r *Rung) secondHello(d *diagnose.Diagnosis) bool {
	told := slices.ContainsFunc(r.Events, func(e trace.Event) bool { return e.Name == trace.SecondHello })
	return r.From == trace.Client && (told || slices.ContainsFunc(d.Facts.SecondHellos, func(h diagnose.SecondHello) bool {
		return h.Frame > 0 && h.Frame == r.Frame
	}))
}

func inFrame(r *Rung) string {
	if r.Frame == 0 {
		return ""
	}
	return fmt.Sprintf(" (frame %d)", r.Frame)
}

func bothFrames(s Step) string {
	if s.A.Frame == 0 || s.B.Frame == 0 {
		return "" // one of them is live
	}
	return fmt.Sprintf(" (frame %d of the first, frame %d of the second)", s.A.Frame, s.B.Frame)
}
