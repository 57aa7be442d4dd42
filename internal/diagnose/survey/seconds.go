package survey

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
)

// A second is when one second hello came.
type second struct {
	number    int
	at        time.Duration
	client    netip.Addr
	print     name
	asked     bool
	sealed    bool // its bytes are those of sealed records
	sinceLast time.Duration
	idle      time.Duration
	up, down  int64 // application bytes since the last handshake
}

func newSecond(r row, h diagnose.SecondHello, sealed bool) second {
	return second{
		number: r.number, at: h.At, client: r.client, print: r.print, asked: h.Asked, sealed: sealed,
		sinceLast: h.SinceLast, idle: h.Idle, up: h.FromClient, down: h.ToClient,
	}
}

// A measure is one explanation of when second hellos come.
type measure struct {
	name  string
	of    func(second) float64
	in    func(row) float64 // how far a whole connection went; nil: that is not kept
	least float64           // of its median, below which it means nothing
	words func(float64) string
	steps []float64 // round numbers that a limit may be set to
	when  func(value string, every bool) string
}

// soon is a time that a handshake's own jitter hides.
const soon = float64(100 * time.Millisecond)

func inSeconds(x float64) string { return seconds(time.Duration(x)) }
func inBytes(x float64) string   { return size(int64(x)) }

func roundTimes() []float64 {
	s := float64(time.Second)
	return []float64{3600 * s, 600 * s, 60 * s, 10 * s, 5 * s, s, s / 10}
}

func roundSizes() []float64 { return []float64{1 << 30, 1 << 20, 1 << 16, 1 << 12, 1 << 10, 1000} }

func afterBytes(who string) func(string, bool) string {
	return func(value string, every bool) string {
		if every {
			return "every " + value + " " + who
		}
		return "after " + value + " " + who
	}
}

// measures in the order of preference: of two that fit alike the earlier is told.
func measures() []measure {
	return []measure{
		{"bytes from the client", func(s second) float64 { return float64(s.up) }, func(r row) float64 { return float64(r.up) }, 1, inBytes, roundSizes(), afterBytes("from the client")},
		{"bytes to the client", func(s second) float64 { return float64(s.down) }, func(r row) float64 { return float64(r.down) }, 1, inBytes, roundSizes(), afterBytes("to the client")},
		{"time since the handshake before", func(s second) float64 { return float64(s.sinceLast) }, func(r row) float64 { return float64(r.lasted) }, soon, inSeconds, roundTimes(), func(value string, every bool) string {
			if every {
				return "every " + value
			}
			return value + " after the handshake"
		}},
		{"time without data", func(s second) float64 { return float64(s.idle) }, nil, soon, inSeconds, roundTimes(), func(value string, _ bool) string {
			return "after " + value + " without data"
		}},
		{"bytes both ways", func(s second) float64 { return float64(s.up + s.down) }, func(r row) float64 { return float64(r.up + r.down) }, 1, inBytes, roundSizes(), afterBytes("both ways")},
	}
}

// A measured is a measure and how well it fits.
type measured struct {
	measure
	fit
}

func (m measured) claims() bool { return m.fit.claims() && m.median >= m.least }

// beyond counts connections that went a quarter further than the median and had
// no second hello.
func (m measured) beyond(silent []row) (n int) {
	if m.in == nil {
		return 0
	}
	for _, r := range silent {
		n += one01(m.in(r) > 1.25*m.median)
	}
	return n
}

func measureAll(seconds []second) []measured {
	var all []measured
	for _, m := range measures() {
		values := make([]float64, len(seconds))
		for i, s := range seconds {
			values[i] = m.of(s)
		}
		all = append(all, measured{m, fitting(values)})
	}
	return all
}

// alike is by how much spreads may differ and yet say nothing about which fits better.
const alikeSpread = 0.005

// best is the measure that fits best, and what else fits.
func best(all []measured) (first measured, others []measured, ok bool) {
	for _, m := range all {
		if m.claims() && (!ok || m.spread < first.spread-alikeSpread) {
			first, ok = m, true
		}
	}
	for _, m := range all {
		if ok && m.claims() && m.name != first.name {
			others = append(others, m)
		}
	}
	return first, others, ok
}

// rhythms says when second hellos come, by fingerprint and, where those agree on
// nothing, by address.
func rhythms(v *view) []diagnose.Remark {
	type key struct {
		print name
		asked bool
	}
	var remarks []diagnose.Remark
	for _, g := range by(v.seconds, func(s second) (key, bool) { return key{s.print, s.asked}, true }) {
		if len(g.members) < fewest || len(remarks) >= maxRemarks {
			break // the groups that follow are no larger
		}
		who := v.names.who(g.key.print)
		of := func(r row) bool { return r.print == g.key.print }
		if r, ok := v.rhythm(who, g.key.asked, g.members, of); ok {
			remarks = append(remarks, r)
			continue
		}
		found := v.rhythmsByAddress(who, g.key.asked, g.members, of)
		if len(found) == 0 {
			found = append(found, noRhythm(who, g.members))
		}
		remarks = append(remarks, found...)
	}
	slices.SortStableFunc(remarks, func(a, b diagnose.Remark) int { return b.Count - a.Count })
	return remarks
}

// without are the connections of some clients in which no second hello came.
func (v *view) without(of func(row) bool) []row {
	var list []row
	for _, r := range v.rows {
		if of(r) && !r.second {
			list = append(list, r)
		}
	}
	return list
}

func (v *view) rhythmsByAddress(who string, asked bool, members []second, of func(row) bool) []diagnose.Remark {
	var found []diagnose.Remark
	for _, g := range by(members, func(s second) (netip.Addr, bool) { return s.client, s.client.IsValid() }) {
		if len(g.members) < fewest || len(found) == maxRemarks {
			break // the groups that follow are no larger
		}
		one := func(r row) bool { return of(r) && r.client == g.key }
		if r, ok := v.rhythm(g.key.String()+" (one of the "+who+")", asked, g.members, one); ok {
			found = append(found, r)
		}
	}
	return found
}

// rhythm says when the second hellos of some clients come, if that can be said.
func (v *view) rhythm(who string, asked bool, members []second, of func(row) bool) (diagnose.Remark, bool) {
	all := measureAll(members)
	first, others, ok := best(all)
	if !ok {
		return diagnose.Remark{}, false
	}
	connections := connectionsOf(members)
	when := first.when(first.words(rounded(first.median, first.steps)), len(members) > connections.n)
	text := []string{fmt.Sprintf("%s: %s in %s came %s. The median of the %s is %s, and %s; %s of %s are within %s %% of it.",
		capital(who), count(len(members), "second hello"), count(connections.n, "connection"), when,
		first.name, first.words(first.median), middleHalf(first.words(first.q1), first.words(first.q3)),
		grouped(first.agree), grouped(first.n), trimmed(100*first.tolerance, 0))}
	if n := first.beyond(v.without(of)); n > 0 {
		text = append(text, fmt.Sprintf("Against it: %s of the same clients went well beyond that without one.", count(n, "connection")))
	}
	if len(others) > 0 {
		text = append(text, alsoFits(others))
	}
	if slices.ContainsFunc(members, func(s second) bool { return s.sealed }) && strings.Contains(first.name, "bytes") {
		text = append(text, "Bytes are those of sealed records, which are a little longer than the data in them.")
	}
	if first.n < 6 {
		text = append(text, "So few observations may agree by chance: a longer capture makes it sure.")
	}
	text = append(text, advice(asked))
	return connections.in(diagnose.Remark{Title: "Second hellos come " + when, Text: strings.Join(text, " "), Table: table(all)}), true
}

func middleHalf(q1, q3 string) string {
	if q1 == q3 {
		return "the middle half is at " + q1
	}
	return "the middle half lies between " + q1 + " and " + q3
}

func alsoFits(others []measured) string {
	var words []string
	for _, m := range others {
		words = append(words, fmt.Sprintf("the %s (%s)", m.name, m.words(m.median)))
	}
	return "As regular, or nearly, are " + strings.Join(words, " and ") + ": data that flows evenly does not tell which of them the cause is."
}

func advice(asked bool) string {
	if asked {
		return "The server asked for them (HelloRequest): look there for an interval or a limit of this size."
	}
	return "The client decides it: look in its settings, or in the application's source, for an interval or a limit of this size."
}

func noRhythm(who string, members []second) diagnose.Remark {
	connections := connectionsOf(members)
	return connections.in(diagnose.Remark{
		Title: "Second hellos come at no regular moment",
		Text: fmt.Sprintf("%s: %s in %s agree neither on a time nor on a number of bytes. What the application does then may be the cause: a login, a request that wants a certificate, an error.",
			capital(who), count(len(members), "second hello"), count(connections.n, "connection")),
		Table: table(measureAll(members)),
	})
}

// table shows what was measured, whatever was claimed.
func table(all []measured) [][]string {
	rows := [][]string{{"measure", "median", "middle half", "agree"}}
	for _, m := range all {
		rows = append(rows, []string{
			m.name, m.words(m.median), m.words(m.q1) + " to " + m.words(m.q3),
			grouped(m.agree) + " of " + grouped(m.n),
		})
	}
	return rows
}

func connectionsOf(members []second) (c connections) {
	last := 0
	for i, s := range members {
		if i == 0 || last != s.number {
			last = s.number
			c.add(last)
		}
	}
	return c
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
