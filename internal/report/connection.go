package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/parley-tls/parley/internal/diagnose"
)

// Connection writes one connection as it ends: all of it where it failed, else
// one line, unless o asks for all.
func Connection(w io.Writer, d *diagnose.Diagnosis, o TerminalOptions) error {
	s := newSheet(w, o.Style)
	if !d.Failed() && !o.All {
		s.oneLine(d)
		return s.done()
	}
	s.connection(d, o, connectionTitle(d))
	s.gap()
	return s.done()
}

// connection writes what is to be said of one connection: the verdict, what to
// do, how it is known, and the ladder.
func (s *sheet) connection(d *diagnose.Diagnosis, o TerminalOptions, title string) {
	f, failed := decisive(d)
	s.row(0, cell{text: Verdict(d), colour: bold + levelColour(f)})
	s.gap()
	s.essence(f, failed)
	s.label("Connection", title)
	s.label("", factsText(d))
	s.label("Library", withGrounds(d.Facts.Library, d.Facts.LibraryGrounds))
	s.charges(f, d.Charges)
	if f.Level != diagnose.Note || o.All {
		s.grounds(d, f)
	}
	s.missing(f)
	s.also(d, o)
	s.ladder(d, o)
}

// Verdict is the one sentence that everything else explains.
func Verdict(d *diagnose.Diagnosis) string {
	f, failed := decisive(d)
	text := f.ID + ": " + f.Sentence
	if !failed && f.ID != healthy {
		return "Nothing failed. " + text
	}
	return text
}

// healthy is the finding of a connection that has no failure.
const healthy = "healthy"

func levelColour(f diagnose.Finding) string {
	switch f.Level {
	case diagnose.Failure:
		return red
	case diagnose.Risk:
		return yellow
	}
	return green
}

// labelWidth is that of the labels at the left edge.
const labelWidth = 11

// essence is whose fault it is, why it happens and what to do.
func (s *sheet) essence(f diagnose.Finding, failed bool) {
	if failed {
		s.label("Whose fault", blameSurely(f))
	}
	s.label("Why", f.Cause)
	for i, r := range f.Remedies {
		name := ""
		if i == 0 {
			name = "What to do"
		}
		s.label(name, "in "+r.Where+": "+Advice(r))
	}
}

func (s *sheet) label(label, text string) {
	if text != "" {
		s.row(0, cell{text: label, width: labelWidth, colour: bold}, cell{text: text})
	}
}

// charges answer "is it my fault?" of who runs the server.
func (s *sheet) charges(f diagnose.Finding, list []diagnose.Charge) {
	if len(list) == 0 {
		return
	}
	s.heading("Is it my fault? " + Acquittal(f, list) + " What a server can have done:")
	var rows [][]cell
	for _, c := range list {
		colour := ""
		if c.Verdict == diagnose.Did {
			colour = bold + red
		}
		rows = append(rows, []cell{{text: string(c.Verdict), colour: colour}, {text: c.What, colour: colour}, {text: withFrames(c.Why, c.Frames)}})
	}
	s.table(2, rows)
}

// grounds are how it is known, what is ruled out, and what others answer.
func (s *sheet) grounds(d *diagnose.Diagnosis, f diagnose.Finding) {
	if len(f.Proof) > 0 {
		s.heading("How we know")
		var rows [][]cell
		for _, p := range f.Proof {
			rows = append(rows, []cell{{text: placeText(d, p.Frame, p.At), colour: faint}, {text: proofText(p)}})
		}
		s.table(2, rows)
	}
	if len(f.RuledOut) > 0 {
		s.heading("Ruled out")
		for _, r := range f.RuledOut {
			s.bullet(r.What + ": " + r.Why)
		}
	}
	if len(f.Others) > 0 {
		s.heading("What other servers answer")
		var rows [][]cell
		for _, o := range f.Others {
			rows = append(rows, []cell{{text: o.Server}, {text: o.Answer}})
		}
		s.table(2, rows)
	}
}

// missing is what could not be seen, and what to capture to see it.
func (s *sheet) missing(f diagnose.Finding) {
	if len(f.Missing) > 0 {
		s.heading("What could not be seen")
	}
	for _, m := range f.Missing {
		s.bullet(m)
	}
}

func (s *sheet) bullet(text string) { s.row(2, cell{text: "·", width: 1}, cell{text: text}) }

// also names the other findings; o.All tells what they rest on.
func (s *sheet) also(d *diagnose.Diagnosis, o TerminalOptions) {
	others := alsoFound(d)
	if len(others) == 0 {
		return
	}
	s.heading("Also found")
	for _, f := range others {
		s.row(2, cell{text: string(f.Level), width: len("failure"), colour: levelColour(f)}, cell{text: withFrames(f.ID+": "+f.Sentence, f.Frames)})
		for _, r := range f.Remedies {
			s.row(4+len("failure"), cell{text: "in " + r.Where + ": " + Advice(r)})
			if !o.All {
				break
			}
		}
	}
}

// alsoFound gives the findings beside the one that matters most. That one beside
// others says nothing when it says that nothing failed, and what it says is
// missing need not be said twice.
func alsoFound(d *diagnose.Diagnosis) []diagnose.Finding {
	var out []diagnose.Finding
	for i, f := range d.Findings {
		if i == 0 || f.ID == healthy {
			continue
		}
		f.Remedies = slices.DeleteFunc(slices.Clone(f.Remedies), func(r diagnose.Remedy) bool {
			return slices.Contains(d.Findings[0].Missing, r.Setting)
		})
		out = append(out, f)
	}
	return out
}

// mostRungs is how long a ladder is unless all is asked for.
const mostRungs = 40

func (s *sheet) ladder(d *diagnose.Diagnosis, o TerminalOptions) {
	rungs := Story(d)
	if len(rungs) == 0 {
		return
	}
	if !o.All {
		rungs = Shorten(rungs, mostRungs)
	}
	s.heading("What passed (a double line is under keys)")
	if s.err == nil {
		s.err = Draw(s.w, rungs, s.Style)
	}
}

// oneLine is a connection that went well.
func (s *sheet) oneLine(d *diagnose.Diagnosis) {
	f, _ := decisive(d)
	text := fmt.Sprintf("%d %s %s", d.Conversation.Number, address(d.Conversation.Client), f.ID)
	between := ": "
	for _, fact := range factsList(d) {
		if columns(text+between+fact) > s.Width {
			break // a fact is told whole or not at all
		}
		text, between = text+between+fact, factsGap
	}
	s.line(s.in(levelColour(f), fit(text, s.Width)))
}
