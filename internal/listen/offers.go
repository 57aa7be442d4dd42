package listen

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/wire"
)

// mostOffers bounds the kinds of first hello that are told apart.
const mostOffers = 64

// offers are the first hellos that came, alike ones together.
type offers struct {
	list   []*offered
	beyond int // hellos that found no room
}

// An offered is what some first hellos offer, and what would serve them.
type offered struct {
	name        string // of their kind
	rows        [][]string
	rehearsal   rehearsal
	connections []int
}

// add takes a connection's first hello. first says that it is the first of its
// kind.
func (o *offers) add(hello *wire.ClientHello, number int, s stage) (of *offered, first bool) {
	_, ja3 := hello.JA3()
	name := fmt.Sprint(ja3, hello.JA4(), hello.SSL2Format)
	for _, known := range o.list {
		if known.name == name {
			known.connections = append(known.connections, number)
			return known, false
		}
	}
	of = &offered{name: name, rows: offer(hello), rehearsal: s.rehearse(hello), connections: []int{number}}
	if len(o.list) == mostOffers {
		o.beyond++
		return of, true
	}
	o.list = append(o.list, of)
	return of, true
}

// remark is what the report says of the offer.
func (o *offered) remark() diagnose.Remark {
	return diagnose.Remark{
		Title:       "What a first hello offers, and what setting serves it",
		Text:        o.rehearsal.text(),
		Connections: o.connections,
		Table:       append([][]string{{"offered", "what"}}, o.rows...),
	}
}

// write tells of a connection what its first hello offers: once in full.
func (o *offered) write(w io.Writer, s report.Style, first bool) {
	if !first {
		fmt.Fprintf(w, "Its first hello offers what connection %d's does: %s.\n", o.connections[0], o.rehearsal.text())
		return
	}
	fmt.Fprintln(w, "What its first hello offers")
	writeRows(w, append([][]string{{"served by", o.rehearsal.text()}}, o.rows...), s)
}

// writeRows writes names and values in two columns, the values wrapped.
func writeRows(w io.Writer, rows [][]string, s report.Style) {
	wide := 0
	for _, r := range rows {
		wide = max(wide, utf8.RuneCountInString(r[0]))
	}
	for _, r := range rows {
		for i, line := range report.Wrap(r[1], max(s.Width-wide-4, 30)) {
			name := r[0]
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(w, "  %s%s  %s\n", name, strings.Repeat(" ", wide-utf8.RuneCountInString(name)), line)
		}
	}
}

// settings say what parley serve needs for all these hellos.
func (o *offers) settings() []string {
	var weak, refused []string
	for _, of := range o.list {
		switch r := of.rehearsal; {
		case r.needs != 0 && !slices.Contains(weak, r.needs.String()):
			weak = append(weak, r.needs.String())
		case !r.served && r.needs == 0:
			refused = append(refused, fmt.Sprintf("The first hello of connection %d: %s.", of.connections[0], r.text()))
		}
	}
	if len(weak) > 0 {
		refused = append(refused, "parley serve needs --suites default,"+strings.Join(weak, ","))
	} else if len(refused) == 0 && len(o.list) > 0 {
		refused = append(refused, "parley serve takes every first hello that came, without a flag.")
	}
	return refused
}
