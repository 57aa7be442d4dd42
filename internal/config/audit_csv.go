package config

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// CSV writes the permissions of the audit for a spreadsheet. What says where they
// come from stands in each row.
func (a *Audit) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"name", "owner", "reason", "last_day", "days_left", "after", "state", "match", "grant", "weakens",
		"uses", "sources", "more_sources", "first_use", "last_use", "used", "counted_since", "file", "sha256", "generated"}}
	for _, p := range a.Permissions {
		row := []string{wire.Printable(p.Name), wire.Printable(p.Owner), wire.Printable(p.Reason), p.LastDay, strconv.Itoa(p.DaysLeft), p.After, p.State, wire.Printable(p.Match), strings.Join(p.Grants, " "), p.weakens()}
		row = append(row, p.useCells()...)
		rows = append(rows, append(row, a.File, a.SHA256, a.Generated.Format(time.RFC3339)))
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = harmless(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (p Audited) weakens() string {
	var all []string
	for _, d := range p.Dangers {
		all = append(all, d.Grant+": "+d.Costs)
	}
	return strings.Join(all, " ")
}

func (p Audited) useCells() []string {
	u := p.Use
	if u == nil {
		return make([]string, 7)
	}
	return []string{strconv.FormatUint(u.Uses, 10), strconv.Itoa(u.Sources), strconv.FormatBool(u.MoreSources), at(u.First), at(u.Last), parts(u), at(u.Since)}
}

func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// harmless keeps a spreadsheet from taking somebody's text for a formula.
func harmless(cell string) string {
	if _, err := strconv.Atoi(cell); err != nil && strings.ContainsAny(cell[:min(1, len(cell))], "=+-@") {
		return "'" + cell
	}
	return cell
}
