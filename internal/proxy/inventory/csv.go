package inventory

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// header names the cells of a row.
var header = []string{
	"listener", "source", "ja3", "ja4", "sni", "certificate", "name", "first", "last", "connections", "failed", "version", "suite", "weakest",
	"needs_min_version", "needs_suites", "needs_secure", "needs_reset", "needs_bare", "needs_restart", "never", "lacks",
	"second_hellos", "findings", "permissions", "trials",
}

// CSV writes a row for each client, for spreadsheets.
func (l *List) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write(header) // the writer keeps its error
	for _, c := range l.Clients {
		_ = out.Write(l.row(c)) // likewise
	}
	out.Flush()
	return out.Error()
}

func (l *List) row(c Client) []string {
	var lacking []string
	for _, x := range l.lacks(c) {
		lacking = append(lacking, x.Finding)
	}
	row := []string{
		c.Listener, sourceText(c), c.JA3, c.JA4, c.SNI, c.Certificate, c.Name, stamp(c.First), stamp(c.Last),
		strconv.FormatUint(c.Connections, 10), strconv.FormatUint(c.Failed, 10), c.Agreed.Version, c.Agreed.Suite, c.Weakest,
		c.Needs.MinVersion, strings.Join(c.Needs.Suites, " "), c.Needs.Secure, c.Needs.Reset, c.Needs.Bare, c.Needs.Restart, c.Needs.Never,
		strings.Join(slices.Compact(lacking), " "),
		counts(c.Second), counts(c.Findings), strings.Join(c.Permissions, " "), trials(c),
	}
	for i, cell := range row {
		row[i] = harmless(wire.Printable(cell))
	}
	return row
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// counts are words with their numbers: reset=3.
func counts(m map[string]uint64) string {
	var out []string
	for word, n := range m {
		out = append(out, fmt.Sprintf("%s=%d", word, n))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func trials(c Client) string {
	var out []string
	for name, t := range c.Trials {
		text := fmt.Sprintf("%s: served=%d", name, t.Served)
		if refused := counts(t.Refused); refused != "" {
			text += " " + refused
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// harmless keeps a spreadsheet from taking a stranger's text for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// JSON writes all that is known.
func (l *List) JSON(w io.Writer) error {
	type held struct {
		Client
		Lacks []Lack `json:"lacks"`
	}
	out := struct {
		Against Offer            `json:"against"`
		Trials  map[string]Offer `json:"trials,omitempty"`
		Summary string           `json:"summary"`
		Clients []held           `json:"clients"`
	}{l.Against, l.Trials, l.Summary(), []held{}}
	for _, c := range l.Clients {
		out.Clients = append(out.Clients, held{c, slices.Concat([]Lack{}, l.lacks(c))})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
