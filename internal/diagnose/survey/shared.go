package survey

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
)

// A side of connections by which a finding may tell them apart.
type dimension struct {
	of    func(*names, row) string
	words func(*names, string) string
}

func dimensions() []dimension {
	return []dimension{
		{func(n *names, r row) string { return n.text(r.print) }, func(_ *names, print string) string {
			ja3, _, _ := strings.Cut(print, " ")
			return "of clients with JA3 " + ja3
		}},
		{func(n *names, r row) string { return n.text(r.version) }, func(_ *names, v string) string { return "that speak " + v }},
		{func(_ *names, r row) string { return valid(r.client.IsValid(), r.client) }, func(_ *names, a string) string { return "from " + a }},
		{func(_ *names, r row) string { return valid(r.server.IsValid(), r.server) }, func(_ *names, a string) string { return "to " + a }},
		{func(n *names, r row) string { return n.text(r.serverName) }, func(_ *names, name string) string { return "for the server name " + name }},
	}
}

func valid(ok bool, s fmt.Stringer) string {
	if !ok {
		return ""
	}
	return s.String()
}

// shared says whom each failure meets.
func shared(v *view) []diagnose.Remark {
	var remarks []diagnose.Remark
	for i, id := range v.names.findings {
		hit, other := partition(v.rows, 1<<i)
		if len(hit) < 2 {
			continue
		}
		remarks = append(remarks, numbers(hit).in(diagnose.Remark{
			Title: fmt.Sprintf("%s in %s of %s", id, grouped(len(hit)), count(len(v.rows), "connection")),
			Text:  v.meets(hit, other),
		}))
	}
	slices.SortFunc(remarks, func(a, b diagnose.Remark) int {
		if d := b.Count - a.Count; d != 0 {
			return d
		}
		return strings.Compare(a.Title, b.Title)
	})
	return remarks
}

func partition(rows []row, bit uint64) (hit, other []row) {
	for _, r := range rows {
		if r.failures&bit != 0 {
			hit = append(hit, r)
		} else {
			other = append(other, r)
		}
	}
	return hit, other
}

// meets says what the connections that have a failure have in common and the
// others have not, or that there is nothing of the kind.
func (v *view) meets(hit, other []row) string {
	if len(other) == 0 {
		return "It meets every connection: what differs between the clients is not the cause."
	}
	var common []string
	for _, d := range dimensions() {
		of := func(r row) string { return d.of(v.names, r) }
		value, ok := one(hit, of)
		if !ok {
			continue
		}
		inside := 0
		for _, r := range other {
			if of(r) == value {
				inside++
			}
		}
		words := d.words(v.names, value)
		if inside == 0 {
			return fmt.Sprintf("It meets all %s %s, and none of the other %s.", count(len(hit), "connection"), words, grouped(len(other)))
		}
		if inside < len(other) {
			common = append(common, fmt.Sprintf("All are %s, as are %s without it.", words, grouped(inside)))
		}
	}
	if len(common) > 0 {
		return strings.Join(common[:1], " ")
	}
	return "Neither fingerprint, version, address nor server name sets these connections apart from the other " + grouped(len(other)) + "."
}
