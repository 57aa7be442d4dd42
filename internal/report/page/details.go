package page

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report/fields"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// An arrow is what an arrow of a ladder opens: its fields and its bytes.
type arrow struct {
	ID, Key          string
	Number           int
	Decides, Breaks  bool
	Tag              string
	Text             string
	Facts            []pair
	Parts            []part
	Previous, Next   string // ids
	WideID, NarrowID string // of the arrow in the two drawings
}

// A part is one message of an arrow.
type part struct {
	Name    string
	Fields  []fieldRow
	Dump    string
	LeftOut string
}

// arrows makes the details of all arrows of a ladder within a share of the page;
// the decisive one takes of it first.
func arrows(t teller, rungs []rung, f *diagnose.Finding, s *share) []arrow {
	var out []arrow
	parts := map[int][]part{}
	for _, first := range []bool{true, false} {
		for _, r := range rungs {
			if r.Number > 0 && r.Decides == first {
				parts[r.Number] = s.parts(r, proofsIn(f, r))
			}
		}
	}
	for _, r := range rungs {
		if r.Number == 0 {
			continue
		}
		a := arrow{
			ID: t.arrow("a", r.Number), Key: fmt.Sprintf("a%d", t.Before+r.Number), Number: r.Number, Decides: r.Decides, Breaks: r.Breaks, Tag: r.Tag,
			Text: say(r.Text), Facts: r.facts(), Parts: parts[r.Number],
			WideID: t.arrow(wide.name, r.Number), NarrowID: t.arrow(narrow.name, r.Number),
		}
		if len(out) > 0 {
			a.Previous = out[len(out)-1].ID
			out[len(out)-1].Next = a.ID
		}
		out = append(out, a)
	}
	return out
}

// facts say where an arrow stands.
func (r rung) facts() []pair {
	var out []pair
	if r.Frame > 0 {
		out = append(out, pair{"Frame", r.frames(), false})
	}
	if r.timed() {
		out = append(out, pair{"Time", elapsed(r.At) + " after the connection began", false})
	}
	way := r.side() + ", " + r.under()
	out = append(out, pair{"Way", strings.ToUpper(way[:1]) + way[1:], false})
	if first, end := r.span(); end >= first {
		out = append(out, pair{"Bytes", fmt.Sprintf("%s to %s of the %s’s stream", grouped(first), grouped(end), r.From), false})
	}
	return out
}

// span gives the first and the last byte of its side's stream that a rung tells.
func (r rung) span() (first, last int64) {
	first, last = 0, -1
	for _, e := range r.Events {
		if e.Place.Length == 0 || e.From != r.From {
			continue
		}
		if last < 0 {
			first = e.Place.Offset
		}
		last = e.Place.Offset + int64(e.Place.Length) - 1
	}
	return first, last
}

func (r rung) frames() string {
	if r.Last > r.Frame {
		return fmt.Sprintf("%d to %d", r.Frame, r.Last)
	}
	return fmt.Sprint(r.Frame)
}

// proofsIn gives the proofs of a finding that stand in a rung.
func proofsIn(f *diagnose.Finding, r rung) []diagnose.Proof {
	var out []diagnose.Proof
	if f == nil {
		return nil
	}
	for _, p := range f.Proof {
		if r.holds(p.Frame) {
			out = append(out, p)
		}
	}
	return out
}

func (s *share) parts(r rung, proofs []diagnose.Proof) []part {
	var out []part
	for _, e := range r.Events {
		out = append(out, s.part(e, proofs))
	}
	return out
}

// part takes an event apart, as far as there is room.
func (s *share) part(e trace.Event, proofs []diagnose.Proof) part {
	p := part{Name: name(e)}
	all := fields.Of(e)
	room := min(len(all), s.fields)
	s.fields -= room
	b := fields.Bytes(e)
	p.Fields = rows(all[:room], b, proofs)
	shown := min(len(b), s.bytes)
	s.bytes -= shown
	p.Dump = dump(b[:shown])
	var left []string
	if n := len(all) - room; n > 0 {
		left = append(left, count(int64(n), "field", "fields"))
	}
	if n := len(b) - shown; n > 0 {
		left = append(left, count(int64(n), "byte", "bytes"))
	}
	if len(left) > 0 {
		p.LeftOut = strings.Join(left, " and ") + " left out, to keep this page small."
	}
	return p
}

// name is what an event is called above its fields.
func name(e trace.Event) string {
	switch d := e.Detail.(type) {
	case trace.MessageDetail:
		return d.Type.String()
	case trace.RecordDetail:
		return "Record header (" + d.Type.String() + ")"
	case trace.KeysDetail:
		return wire.TypeChangeCipherSpec.String()
	case trace.AlertDetail:
		return "Alert"
	case trace.DataDetail:
		return "Application data"
	case trace.EndDetail:
		return "End of the TCP stream"
	case trace.SecondHelloDetail:
		return "What kind of hello it is"
	}
	return string(e.Name)
}
