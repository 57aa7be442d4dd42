package inventory

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/parley-tls/parley/internal/wire"
)

// A verdict is what a trial would do to a client, for one reason.
type verdict struct {
	client  Client
	trial   string
	finding string
	count   uint64
}

// TrialTable writes whom trials would refuse: a line for each client and finding.
func (l *List) TrialTable(w io.Writer) error {
	verdicts, tried := l.verdicts()
	b := bufio.NewWriter(w)
	if tried == 0 {
		fmt.Fprintln(b, "No trial has seen a client yet: give a listener one with trial, or wait for them to come.")
		return b.Flush()
	}
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, v := range verdicts {
		cells := []string{l.who(v.client), "at " + v.client.Listener, v.client.JA3[:min(len(v.client.JA3), 8)], v.finding, counted(int(v.count), "time"), "by " + v.trial}
		for i, text := range cells {
			cells[i] = wire.Printable(text)
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	_ = table.Flush() // b keeps its error
	if len(verdicts) > 0 {
		fmt.Fprintln(b)
	}
	fmt.Fprintln(b, trialSummary(verdicts, tried))
	return b.Flush()
}

// verdicts are the refusals, those of the most frequent first, and how many
// clients were tried.
func (l *List) verdicts() (out []verdict, tried int) {
	for _, c := range l.Clients {
		if len(c.Trials) > 0 {
			tried++
		}
		for name, t := range c.Trials {
			for finding, n := range t.Refused {
				out = append(out, verdict{c, name, finding, n})
			}
		}
	}
	slices.SortFunc(out, func(a, b verdict) int {
		return cmp.Or(
			cmp.Compare(b.count, a.count), strings.Compare(a.finding, b.finding), strings.Compare(l.who(a.client), l.who(b.client)),
			strings.Compare(a.trial, b.trial), strings.Compare(string(a.client.key()), string(b.client.key())),
		)
	})
	return out, tried
}

func trialSummary(verdicts []verdict, tried int) string {
	refused, reasons := map[Who]bool{}, map[string]map[Who]bool{}
	for _, v := range verdicts {
		refused[v.client.Who] = true
		if reasons[v.finding] == nil {
			reasons[v.finding] = map[Who]bool{}
		}
		reasons[v.finding][v.client.Who] = true
	}
	text := fmt.Sprintf("%s tried; %s would be refused", counted(tried, "client"), thousands(len(refused)))
	var why []string
	for _, finding := range slices.Sorted(maps.Keys(reasons)) {
		why = append(why, fmt.Sprintf("%s by %s", thousands(len(reasons[finding])), finding))
	}
	if len(why) > 0 {
		text += ": " + strings.Join(why, ", ")
	}
	return text + "."
}
