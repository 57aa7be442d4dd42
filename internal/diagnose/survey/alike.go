package survey

import (
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
)

// alike says which clients are alike, by their fingerprints.
func alike(v *view) []diagnose.Remark {
	groups := by(v.rows, func(r row) (name, bool) { return r.print, r.print != 0 })
	if len(groups) == 0 {
		return nil
	}
	lines := [][]string{{"connections", "JA3", "JA4", "library (a guess)", "versions", "addresses", "findings"}}
	for _, g := range groups[:min(maxLines, len(groups))] {
		ja3, ja4 := v.names.print(g.key)
		lines = append(lines, []string{
			grouped(len(g.members)), ja3, ja4,
			most(g.members, func(r row) string { return v.names.text(r.library) }),
			most(g.members, func(r row) string { return v.names.text(r.version) }),
			addresses(g.members), v.names.findingsOf(g.members),
		})
	}
	title := "All clients are alike"
	text := "Every hello has the same fingerprint: one program, or programs on one TLS library with the same settings."
	if len(groups) > 1 {
		title = "There are " + grouped(len(groups)) + " kinds of clients"
		text = "Clients whose hellos have the same JA3 and JA4 use the same TLS library with the same settings, and mostly are the same program."
	}
	if more := len(groups) - maxLines; more > 0 {
		text += " " + count(more, "smaller group") + " left out."
	}
	return []diagnose.Remark{{Title: title, Text: text, Table: lines}}
}

// findingsOf counts the ids of rows, the most frequent first.
func (n *names) findingsOf(rows []row) string {
	var all []row
	for _, r := range rows {
		for i := range n.findings {
			if r.findings&(1<<i) != 0 {
				all = append(all, row{findings: 1 << i})
			}
		}
	}
	return most(all, func(r row) string { return n.id(r.findings) })
}

// id is the finding of a single bit.
func (n *names) id(bit uint64) string {
	for i, id := range n.findings {
		if bit == 1<<i {
			return id
		}
	}
	return ""
}

// one says whether rows have one value of a text, and which.
func one(rows []row, text func(row) string) (string, bool) {
	first := text(rows[0])
	for _, r := range rows {
		if text(r) != first || first == "" {
			return "", false
		}
	}
	return strings.TrimSpace(first), true
}
