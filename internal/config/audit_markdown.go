package config

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/wire"
)

// Markdown writes the audit for people.
func (a *Audit) Markdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# Permissions of %s\n\n", text(a.File))
	fmt.Fprintf(b, "Generated %s from the file with the SHA-256 `%s`. Uses: %s.\n\n", a.Generated.Format(time.RFC3339), a.SHA256, a.from())
	a.findings(b)
	for _, p := range a.Permissions {
		p.markdown(b, a.Generated)
	}
	a.everybody(b)
	return b.Flush()
}

func (a *Audit) from() string {
	if a.UsesFrom == "" {
		return "not known; no server was asked"
	}
	return "as counted by the server, from " + text(a.UsesFrom)
}

// findings are what somebody has to look at.
func (a *Audit) findings(w io.Writer) {
	named := map[string][]string{}
	for _, p := range a.Permissions {
		named[p.State] = append(named[p.State], text(p.Name))
		if p.Use != nil && p.Use.Uses == 0 {
			named["never"] = append(named["never"], text(p.Name))
		}
	}
	fmt.Fprintf(w, "| | permissions | which |\n| --- | --- | --- |\n| in all | %d | |\n", len(a.Permissions))
	for _, row := range [][2]string{
		{stateOver, "past their last day, and still holding"}, {stateEnded, "past their last day, and without effect"},
		{stateSoon, "with less than 30 days left"}, {"never", "never used since they are counted"},
	} {
		fmt.Fprintf(w, "| %s | %d | %s |\n", row[1], len(named[row[0]]), strings.Join(named[row[0]], ", "))
	}
	fmt.Fprintln(w)
}

func (p Audited) markdown(w io.Writer, now time.Time) {
	fmt.Fprintf(w, "## %s\n\n| | |\n| --- | --- |\n", text(p.Name))
	rows := [][2]string{
		{"owner", text(p.Owner)}, {"reason", text(p.Reason)}, {"last day", p.LastDay + ", " + p.left()}, {"afterwards", p.follows()},
		{"for clients", text(p.Match)}, {"grants", strings.Join(p.Grants, ", ")}, {"used", used(p.Use, now)},
	}
	if p.Use != nil && len(p.Use.Grants) > 0 {
		rows = append(rows, [2]string{"what was used", text(parts(p.Use))}, [2]string{"first use", p.Use.First.UTC().Format(time.DateOnly)})
	}
	for _, r := range rows {
		fmt.Fprintf(w, "| %s | %s |\n", r[0], r[1])
	}
	fmt.Fprintf(w, "\nWhat it weakens:\n\n")
	for _, d := range p.Dangers {
		fmt.Fprintf(w, "- %s: %s\n", text(d.Grant), d.Costs)
	}
	if len(p.Dangers) == 0 {
		fmt.Fprintf(w, "- Nothing that RFC 5246 and RFC 5746 would not have.\n")
	}
	fmt.Fprintln(w)
}

func (p Audited) left() string {
	switch p.State {
	case stateEnded, stateOver:
		return "**" + count(-p.DaysLeft, "day") + " ago**"
	case stateSoon:
		return "**" + count(p.DaysLeft, "day") + " left**"
	}
	return count(p.DaysLeft, "day") + " left"
}

func (p Audited) follows() string {
	if p.After == "refuse" {
		return "its clients get what everybody gets"
	}
	return "it holds on, and the log warns each day that it is used"
}

// everybody tells what is granted without any permission.
func (a *Audit) everybody(w io.Writer) {
	fmt.Fprintf(w, "## What everybody gets\n\n| listener | profile | versions | secure | reset | bare | restart |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, l := range a.Listeners {
		if l.Observe {
			fmt.Fprintf(w, "| %s | | it only observes; the backend ends TLS | | | | |\n", text(cmp.Or(l.Name, l.Listen)))
			continue
		}
		fmt.Fprintf(w, "| %s | %s | %s to %s | %s | %s | %s | %s |\n", text(cmp.Or(l.Name, l.Listen)), l.Profile, l.MinVersion, l.MaxVersion,
			l.Answers["secure"], l.Answers["reset"], l.Answers["bare"], l.Answers["restart"])
	}
}

// text is somebody else's, which must mean nothing here.
func text(s string) string { return report.Escape(wire.Printable(s)) }
