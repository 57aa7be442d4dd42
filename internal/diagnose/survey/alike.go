package survey

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
)

// alike says which clients are alike, by their fingerprints.
func alike(v *view) []diagnose.Remark {
	groups := by(v.rows, func(r row) (name, bool) { return r.print, r.print != 0 })
	if len(groups) == 0 {
		return nil
	}
	lines := [][]string{{"connections", "client", "addresses", "findings"}}
	for _, g := range groups[:min(maxLines, len(groups))] {
		lines = append(lines, []string{grouped(len(g.members)), v.names.kind(g.key, g.members), addresses(g.members), v.names.findingsOf(g.members)})
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

// kind describes the clients of a fingerprint.
func (n *names) kind(print name, rows []row) string {
	ja3, ja4 := n.print(print)
	words := []string{"JA3 " + ja3, "JA4 " + ja4}
	if library := most(rows, func(r row) string { return n.text(r.library) }); library != "" {
		words = append(words, "perhaps "+library)
	}
	if versions := most(rows, func(r row) string { return n.text(r.version) }); versions != "" {
		words = append(words, versions)
	}
	return strings.Join(words, ", ")
}

// findingsOf counts the ids of rows, the most frequent first.
func (n *names) findingsOf(rows []row) string {
	type line struct {
		id string
		n  int
	}
	var lines []line
	for i, id := range n.findings {
		hit := 0
		for _, r := range rows {
			hit += one01(r.findings&(1<<i) != 0)
		}
		if hit > 0 {
			lines = append(lines, line{id, hit})
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Or(b.n-a.n, strings.Compare(a.id, b.id)) })
	var words []string
	for _, l := range lines[:min(maxListed, len(lines))] {
		words = append(words, fmt.Sprintf("%s (%s)", l.id, grouped(l.n)))
	}
	if more := len(lines) - maxListed; more > 0 {
		words = append(words, fmt.Sprintf("and %s more", grouped(more)))
	}
	return strings.Join(words, ", ")
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
