package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
)

const (
	mostFailed = 20 // connections that are listed
	mostFull   = 3  // and told in full, each with another finding
)

// summary tells a capture of many connections: what was found and how often,
// what they have in common, and those that failed.
func (s *sheet) summary(r *Report, o TerminalOptions) {
	s.row(0, cell{text: totalText(r), colour: bold + totalColour(r)})
	s.findings(r)
	s.survey(r)
	if o.All {
		s.gap()
		s.each(r.Connections, o)
		return
	}
	failed := failures(r)
	s.failed(failed)
	for _, d := range examples(failed) {
		s.gap()
		s.line(s.in(faint, pad(fmt.Sprintf("── connection %d in full ", d.Conversation.Number), "─", s.Width)))
		s.gap()
		s.connection(d, o, connectionTitle(d))
	}
}

func totalText(r *Report) string {
	t := r.Total
	switch {
	case t.Connections == 0:
		return "There is no TCP connection in it."
	case t.Failed == 0 && t.AtRisk == 0:
		return fmt.Sprintf("healthy: nothing failed in %s.", count(int64(t.Connections), "connection"))
	case t.Failed == 0:
		return fmt.Sprintf("Nothing failed in %s; %s at risk.", count(int64(t.Connections), "connection"), areOrIs(t.AtRisk))
	case t.Failed == t.Connections:
		return fmt.Sprintf("All of %s failed.", count(int64(t.Connections), "connection"))
	}
	return fmt.Sprintf("%s of %s failed.", number(int64(t.Failed)), count(int64(t.Connections), "connection"))
}

func areOrIs(n int) string {
	if n == 1 {
		return "1 is"
	}
	return number(int64(n)) + " are"
}

func totalColour(r *Report) string {
	switch {
	case r.Total.Failed > 0:
		return red
	case r.Total.AtRisk > 0:
		return yellow
	}
	return green
}

// A Tally is how often a finding stands in a report, with one that stands for all.
type Tally struct {
	ID      string
	Count   int
	Example diagnose.Finding // its ID empty where none was kept
	Number  int              // of the connection that the example is from
}

// Tallies counts the findings of a report, failures first, then the frequent.
func Tallies(r *Report) []Tally {
	byID := map[string]*Tally{}
	for id, n := range r.Total.Findings {
		byID[id] = &Tally{ID: id, Count: n}
	}
	for _, d := range r.Connections {
		for _, f := range d.Findings {
			t := byID[f.ID]
			if t == nil {
				t = &Tally{ID: f.ID, Count: 1}
				byID[f.ID] = t
			}
			if t.Example.ID == "" {
				t.Example, t.Number = f, d.Conversation.Number
			}
		}
	}
	order := map[diagnose.Level]int{diagnose.Failure: 0, diagnose.Risk: 1, diagnose.Note: 3}
	rank := func(t *Tally) int {
		if n, ok := order[t.Example.Level]; ok {
			return n
		}
		return 2
	}
	var out []Tally
	for _, t := range slices.SortedFunc(maps.Values(byID), func(a, b *Tally) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Count, a.Count), cmp.Compare(a.ID, b.ID))
	}) {
		out = append(out, *t)
	}
	return out
}

func (s *sheet) findings(r *Report) {
	tallies := Tallies(r)
	if len(tallies) == 0 {
		return
	}
	s.gap()
	var rows [][]cell
	for _, t := range tallies {
		whose := ""
		if t.Example.Level == diagnose.Failure {
			whose = shortBlame(t.Example) + ": "
		}
		colour := levelColour(t.Example)
		rows = append(rows, []cell{
			{text: number(int64(t.Count)), right: true}, {text: string(t.Example.Level), colour: colour}, {text: t.ID, colour: colour},
			{text: whose + t.Example.Sentence + exampleText(t)},
		})
	}
	s.table(2, rows)
}

// exampleText says of which connection a tally's sentence is.
func exampleText(t Tally) string {
	if t.Example.ID == "" || t.ID == healthy {
		return ""
	}
	return fmt.Sprintf(" (connection %d)", t.Number)
}

func shortBlame(f diagnose.Finding) string {
	if f.Culprit == diagnose.CulpritUnknown {
		return "culprit unknown"
	}
	if f.Confidence == diagnose.Possible {
		return "perhaps the " + string(f.Culprit)
	}
	return "the " + string(f.Culprit)
}

// survey tells what connections have in common.
func (s *sheet) survey(r *Report) {
	if len(r.Survey) == 0 {
		return
	}
	s.heading("What they have in common")
	for _, m := range r.Survey {
		text := m.Title
		if m.Text != "" {
			text += ": " + m.Text
		}
		s.bullet(text)
		s.remarkTable(m.Table)
		if m.Finding != nil {
			s.remarkFinding(*m.Finding)
		}
	}
}

// remarkFinding tells what only several connections show.
func (s *sheet) remarkFinding(f diagnose.Finding) {
	s.row(5, cell{text: f.ID + ": " + f.Sentence, colour: levelColour(f)})
	if f.Level == diagnose.Failure {
		s.row(5, cell{text: "Whose fault: " + blameSurely(f)})
	}
	for _, r := range f.Remedies {
		s.row(5, cell{text: "in " + r.Where + ": " + Advice(r)})
	}
}

const (
	mostRows    = 12 // of a remark's table
	mostColumns = 8
)

func (s *sheet) remarkTable(table [][]string) {
	if len(table) == 0 || len(table[0]) == 0 {
		return
	}
	var rows [][]cell
	for i, r := range table[:min(len(table), mostRows+1)] {
		cells := make([]cell, min(len(table[0]), mostColumns))
		for j := range cells {
			if j < len(r) {
				cells[j].text = r[j]
			}
			if i == 0 {
				cells[j].colour = faint
			}
		}
		rows = append(rows, cells)
	}
	s.table(5, rows)
	if more := len(table) - mostRows - 1; more > 0 {
		s.row(5, cell{text: "… " + count(int64(more), "row") + " more", colour: faint})
	}
}

func failures(r *Report) []*diagnose.Diagnosis {
	var out []*diagnose.Diagnosis
	for _, d := range r.Connections {
		if d.Failed() {
			out = append(out, d)
		}
	}
	return out
}

// examples gives the first connection of each failure, for the first few.
func examples(failed []*diagnose.Diagnosis) []*diagnose.Diagnosis {
	seen := map[string]bool{}
	var out []*diagnose.Diagnosis
	for _, d := range failed {
		if id := findingID(d); !seen[id] && len(out) < mostFull {
			seen[id] = true
			out = append(out, d)
		}
	}
	return out
}

// failed lists the connections that failed, one line each.
func (s *sheet) failed(list []*diagnose.Diagnosis) {
	if len(list) == 0 {
		return
	}
	s.heading("Those that failed")
	shown := list[:min(len(list), mostFailed)]
	var rows [][]cell
	for _, d := range shown {
		c := d.Conversation
		when := ""
		if !c.Start.IsZero() {
			when = c.Start.UTC().Format(time.TimeOnly)
		}
		row := []cell{{text: number(int64(c.Number)), right: true}, {text: findingID(d), colour: red}, {text: address(c.Client)}, {text: when, colour: faint}}
		if !oneServer(shown) {
			row = slices.Insert(row, 3, cell{text: "to " + address(c.Server)})
		}
		rows = append(rows, row)
	}
	s.table(2, rows)
	if more := len(list) - mostFailed; more > 0 {
		s.row(2, cell{text: fmt.Sprintf("… and %s more (--all tells every connection, --connection N one)", number(int64(more))), colour: faint})
	}
}

func oneServer(list []*diagnose.Diagnosis) bool {
	for _, d := range list {
		if d.Conversation.Server != list[0].Conversation.Server {
			return false
		}
	}
	return true
}
