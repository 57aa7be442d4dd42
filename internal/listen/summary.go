package listen

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/diagnose/survey"
	"github.com/parley-tls/parley/internal/report"
)

// Bounds of the report. The connections beyond are counted.
const (
	keptConnections = 1000
	keptEvents      = 100_000
)

// kept are the connections for the report.
type kept struct {
	total  report.Total
	list   []*diagnose.Diagnosis
	events int
	beyond int
	survey *survey.Survey
}

func (k *kept) add(d *diagnose.Diagnosis) {
	k.total.Count(d)
	if k.survey == nil {
		k.survey = survey.New()
	}
	k.survey.Add(d)
	if k.events += len(d.Conversation.Events); len(k.list) == keptConnections || k.events > keptEvents {
		k.beyond++
		return
	}
	k.list = append(k.list, d)
}

// finish tells the sum of it all, and makes the report.
func (n *narrator) finish(unheard int, now time.Time) *report.Report {
	r := n.report(now)
	if unheard > 0 {
		r.Missing = append(r.Missing, many(unheard, "connection")+" more came faster than they could be told, and nothing is known of them")
	}
	n.sum(r)
	return r
}

func (n *narrator) report(last time.Time) *report.Report {
	// They were told in the order in which they ended.
	slices.SortFunc(n.kept.list, func(a, b *diagnose.Diagnosis) int {
		return cmp.Compare(a.Conversation.Number, b.Conversation.Number)
	})
	r := &report.Report{
		Tool:        n.plan.tool,
		Source:      report.Source{Name: "listening on " + n.address, Live: true, First: n.began, Last: last},
		Total:       n.kept.total,
		Connections: n.kept.list,
	}
	if n.kept.survey != nil {
		r.Survey = n.kept.survey.Remarks()
	}
	for _, o := range n.offers.list {
		r.Survey = append(r.Survey, o.remark())
	}
	return r
}

// sum writes how many connections there were, and which setting serves them all.
func (n *narrator) sum(r *report.Report) {
	t := r.Total
	if t.Connections == 0 {
		fmt.Fprintln(n.plan.text, "No client connected.")
		return
	}
	fmt.Fprintf(n.plan.text, "%s: %d failed, %d at risk, %d healthy.\n", many(t.Connections, "connection"), t.Failed, t.AtRisk, t.Healthy)
	if n.kept.beyond > 0 {
		fmt.Fprintf(n.plan.text, "Of %s the report has only the count.\n", many(n.kept.beyond, "connection"))
	}
	for _, text := range slices.Concat(r.Missing, n.common(), n.offers.settings()) {
		for _, line := range report.Wrap(text, max(n.plan.style.Width, 60)) {
			fmt.Fprintln(n.plan.text, line)
		}
	}
}

// common is what the connections have in common, in a line each. The report has
// the tables.
func (n *narrator) common() []string {
	var list []string
	for _, m := range n.kept.survey.Remarks() {
		text := m.Title + "."
		if m.Text != "" {
			text = m.Title + ": " + m.Text
		}
		list = append(list, text)
	}
	return list
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
