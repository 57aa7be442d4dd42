// Package survey says what many connections have in common: when their second
// hellos come, which clients are alike, whom a finding meets, and what shows only
// where several connections are seen together.
package survey

import (
	"cmp"
	"slices"

	"github.com/parley-tls/parley/internal/diagnose"
)

// The bounds of what is kept. What is beyond is counted and said.
const (
	maxRows      = 100_000
	maxSeconds   = 100_000 // second hellos
	maxPerRow    = 32      // second hellos of one connection
	maxNames     = 1 << 15 // distinct fingerprints, server names and the like
	maxLines     = 20      // of a table
	maxRemarks   = 12      // of one kind
	maxListed    = 5       // addresses in one cell
	maxConnected = 1000    // connections listed by one remark
)

// A Survey gathers diagnoses. What it says does not depend on the order in which
// they were added, as long as it is within its bounds.
type Survey struct {
	rows    []row
	seconds []second
	left    int // connections beyond the bounds
	names   names
}

// New begins a Survey.
func New() *Survey { return &Survey{} }

// Add takes a diagnosis in. It keeps a few numbers of it and nothing else.
func (s *Survey) Add(d *diagnose.Diagnosis) {
	if len(s.rows) == maxRows {
		s.left++
		return
	}
	r := s.names.row(d)
	for _, h := range d.Facts.SecondHellos[:min(maxPerRow, len(d.Facts.SecondHellos))] {
		if len(s.seconds) < maxSeconds {
			s.seconds = append(s.seconds, newSecond(r, h, d.Facts.Sealed))
		}
	}
	s.rows = append(s.rows, r)
}

// Remarks says what the connections have in common, what is most worth knowing
// first.
func (s *Survey) Remarks() []diagnose.Remark {
	if len(s.rows) < 2 {
		return nil
	}
	v := s.view()
	var all []diagnose.Remark
	for _, look := range []func(*view) []diagnose.Remark{
		splits, resets, fallbacks, probes, alternations, // findings
		rhythms, deadlines, shared, alike,
	} {
		remarks := look(v)
		all = append(all, remarks[:min(maxRemarks, len(remarks))]...)
	}
	if s.left > 0 && len(all) > 0 {
		all = append(all, diagnose.Remark{
			Title: "Not all connections were compared",
			Text:  count(s.left, "connection") + " beyond the first " + grouped(maxRows) + " are left out of what is said about many.",
		})
	}
	return all
}

// A view is a survey's rows in the order of their numbers.
type view struct {
	rows    []row
	seconds []second
	names   *names
}

func (s *Survey) view() *view {
	v := &view{slices.Clone(s.rows), slices.Clone(s.seconds), &s.names}
	slices.SortFunc(v.rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.number, b.number), a.start.Compare(b.start)) })
	slices.SortFunc(v.seconds, func(a, b second) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.at, b.at))
	})
	return v
}

// by groups rows, each group in the order of rows, the largest group first.
func by[T any, K comparable](rows []T, key func(T) (K, bool)) []group[T, K] {
	index := map[K]int{}
	var groups []group[T, K]
	for _, r := range rows {
		k, ok := key(r)
		if !ok {
			continue
		}
		i, seen := index[k]
		if !seen {
			i = len(groups)
			index[k] = i
			groups = append(groups, group[T, K]{key: k})
		}
		groups[i].members = append(groups[i].members, r)
	}
	slices.SortStableFunc(groups, func(a, b group[T, K]) int { return len(b.members) - len(a.members) })
	return groups
}

// A group is the rows that have a key in common.
type group[T any, K comparable] struct {
	key     K
	members []T
}

// connections are those that a remark is about: all are counted, and the first
// are listed.
type connections struct {
	n    int
	list []int
}

func (c *connections) add(number int) {
	if c.n++; c.n <= maxConnected {
		c.list = append(c.list, number)
	}
}

// in gives a remark with the connections that it is about.
func (c connections) in(r diagnose.Remark) diagnose.Remark {
	r.Connections, r.Count = c.list, c.n
	return r
}

func numbers(rows []row) (c connections) {
	for _, r := range rows {
		c.add(r.number)
	}
	return c
}
