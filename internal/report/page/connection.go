package page

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
)

// A connection is one part of the page.
type connection struct {
	teller
	Number  int
	Failed  bool
	Alone   bool // the page tells of no other
	Facts   []pair
	Main    finding
	Further []finding
	Charges []charge
	// Acquittal is the short answer to "is it my fault?".
	Acquittal string

	Drawings []drawing
	Arrows   []arrow
}

// A charge is one answer to "is it my fault?".
type charge struct {
	What, Verdict, Why string
	Tone               string
	Frames             []ref
}

// A ref is a frame, with a link to the arrow that tells it where there is one.
type ref struct {
	Frame int
	Arrow string
}

// A share is how much of the page one connection may take.
type share struct{ rungs, fields, bytes int }

// shareOf divides a page among connections. Of many, each shows of its fields and
// bytes those of the decisive arrow and little else.
func shareOf(connections int) share {
	n := max(1, connections)
	if n > mostOfAKind {
		return share{rungs: max(20, 96/n), fields: max(40, 500/n), bytes: max(320, 4096/n)}
	}
	return share{rungs: 96 / n, fields: 1000 / n, bytes: 8192 / n}
}

func newConnection(d *diagnose.Diagnosis, s share) *connection {
	v := d.Conversation
	c := &connection{
		teller: teller{
			ID: fmt.Sprintf("c%d", v.Number), Title: fmt.Sprintf("Ladder of connection %d", v.Number),
			From: address(v.Client), To: address(v.Server),
		},
		Number: v.Number, Failed: d.Failed(),
	}
	kept := rungs(d, s.rungs)
	c.Arrows = arrows(c.teller, kept, leadingFinding(d), &s)
	for _, g := range []geometry{wide, narrow} {
		c.Drawings = append(c.Drawings, g.draw(c.teller, kept))
	}
	link := func(frame int) ref { return ref{frame, arrowOf(c.teller, kept, frame)} }
	c.Facts = facts(d)
	for i, f := range d.Findings[:min(len(d.Findings), mostRows)] {
		if i == 0 {
			c.Main = newFinding(f, link)
		} else {
			c.Further = append(c.Further, newFinding(f, link))
		}
	}
	c.charges(d, link)
	return c
}

func (c *connection) charges(d *diagnose.Diagnosis, link func(int) ref) {
	if len(d.Findings) > 0 {
		c.Acquittal = report.Acquittal(d.Findings[0], d.Charges)
	}
	for _, a := range d.Charges[:min(len(d.Charges), mostRows)] {
		tone := map[diagnose.Verdict]string{diagnose.Did: "bad", diagnose.DidNot: "good", diagnose.Unknown: "warn"}[a.Verdict]
		c.Charges = append(c.Charges, charge{say(a.What), verdictText(a.Verdict), say(a.Why), tone, refs(a.Frames, link)})
	}
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return "address not known"
	}
	return cut(a.String(), 64)
}

func facts(d *diagnose.Diagnosis) []pair {
	f, v := d.Facts, d.Conversation
	var out []pair
	add := func(name, value string, code bool) {
		if value != "" {
			out = append(out, pair{name, say(value), code})
		}
	}
	add("Began", moment(v.Start), false)
	add("Lasted", elapsed(v.Duration), false)
	if v.Last > 0 {
		add("Frames", fmt.Sprintf("%s to %s", grouped(int64(v.First)), grouped(int64(v.Last))), false)
	}
	if v.Prelude != nil {
		add("Before TLS", v.Prelude.Protocol+" in clear", false)
	}
	add("Version", f.Version, false)
	add("Cipher suite", f.Suite, true)
	add("Key exchange", strings.TrimSpace(f.KeyExchange+" "+f.Group), false)
	add("Server name", f.ServerName, true)
	add("ALPN", f.ALPN, true)
	add("Data", data(f), false)
	add("Opened with", f.Opened, false)
	add("Not opened", f.Locked, false)
	add("JA4", f.JA4, true)
	add("JA3", f.JA3, true)
	add("Client’s library", library(f), false)
	return out
}

func library(f diagnose.Facts) string {
	if f.Library == "" || f.LibraryGrounds == "" {
		return f.Library
	}
	return f.Library + ", a guess from " + f.LibraryGrounds
}

func data(f diagnose.Facts) string {
	if f.FromClient == 0 && f.ToClient == 0 {
		return ""
	}
	text := fmt.Sprintf("%s from the client, %s to it", count(f.FromClient, "byte", "bytes"), count(f.ToClient, "byte", "bytes"))
	if f.Sealed {
		text += " (as encrypted)"
	}
	return text
}

func refs(frames []int, link func(int) ref) []ref {
	var out []ref
	for _, f := range frames[:min(len(frames), 12)] {
		if f > 0 {
			out = append(out, link(f))
		}
	}
	return out
}

// arrowOf gives the id of the details in which a frame is told.
func arrowOf(t teller, rungs []rung, frame int) string {
	for _, r := range rungs {
		if r.Number > 0 && frame > 0 && r.holds(frame) {
			return t.arrow("a", r.Number)
		}
	}
	return ""
}
