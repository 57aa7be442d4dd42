// Package report tells people what a diagnosis found: on a terminal, as
// Markdown, as JSON, and drawn as a ladder.
package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A Rung is one line of a ladder: an arrow from one side to the other, or, from
// nobody, a remark between them.
type Rung struct {
	At          time.Duration
	Frame, Last int // the frames of its first and last byte; 0: it is live
	From        trace.Side
	Text        string
	Protected   bool // the arrow's content is under keys
	Marked      bool // a line that the story turns on
	Breaks      bool // the arrow at which it broke
	Left        int  // it stands for so many rungs that were left out
	// Events are those that the rung tells, in order.
	Events []trace.Event
}

// Ladder makes rungs of a connection's events. What one side sends in a row
// becomes one arrow.
func Ladder(events []trace.Event) []Rung { return ladderOf(&trace.Conversation{Events: events}, nil) }

// ladderOf gives the frames in alone rungs of their own.
func ladderOf(c *trace.Conversation, alone map[int]bool) []Rung {
	b := ladder{protected: map[trace.Side]bool{}, locked: map[trace.Side]bool{}, header: map[trace.Side]string{}, alone: alone}
	for i, e := range c.Events {
		if i > 0 && i == c.OmittedAt {
			b.omitted(c.Omitted)
		}
		b.add(e)
	}
	if c.OmittedAt == 0 || c.OmittedAt >= len(c.Events) {
		b.omitted(c.Omitted)
	}
	return b.rungs
}

// omitted says that events are missing here.
func (b *ladder) omitted(n int) {
	if n > 0 {
		b.rungs = append(b.rungs, Rung{Text: "… " + count(int64(n), "event") + " of this connection were not kept", Left: n})
	}
}

type ladder struct {
	rungs     []Rung
	alone     map[int]bool
	protected map[trace.Side]bool   // whose records are under keys
	locked    map[trace.Side]bool   // and cannot be opened
	header    map[trace.Side]string // what is odd of the record that the next message is in
	parts     int                   // in the last arrow
	data      bool                  // the last arrow is application data
	version   wire.Version          // negotiated; zero: not known
	ending    bool                  // an alert ended it
	late      bool                  // it was said that the beginning is not there
	keys      string                // what was last said of them
	reason    string                // the last one told
}

func (b *ladder) add(e trace.Event) {
	switch d := e.Detail.(type) {
	case trace.MessageDetail:
		text := messageText(d) + b.header[e.From]
		delete(b.header, e.From)
		b.arrow(e, text, e.Handshake > 0 && d.Type == wire.MessageClientHello)
	case trace.KeysDetail:
		b.newKeys(e, d)
	case trace.AlertDetail:
		b.ending = b.ending || d.Level == wire.LevelFatal || d.Alert == wire.AlertCloseNotify
		b.arrow(e, fmt.Sprintf("alert %s (%s)", d.Alert, d.Level), d.Level == wire.LevelFatal)
	case trace.DataDetail:
		b.addData(e, d)
	case trace.SecondHelloDetail:
		b.secondHello(e, d)
	case trace.AnsweredDetail:
		b.answered(e, d)
	case trace.HandshakeDetail:
		b.version = d.Version
		b.remark(e, handshakeText(d), false)
	case trace.FailureDetail:
		b.failure(e, d)
	case trace.RationedDetail:
		b.remark(e, fmt.Sprintf("the hello waits %s for its ration", d.Wait.Round(time.Millisecond)), false)
	default:
		b.captured(e)
	}
}

// captured adds what only captures have, and what needs no detail.
func (b *ladder) captured(e trace.Event) {
	switch d := e.Detail.(type) {
	case trace.RecordDetail:
		b.record(e, d)
	case trace.GapDetail:
		b.gap(e, d)
	case trace.EndDetail:
		b.end(e, d)
	default:
		b.plain(e)
	}
}

// gap says what is missing; that the beginning is, once for both sides.
func (b *ladder) gap(e trace.Event, d trace.GapDetail) {
	late := d.Why == trace.GapLate
	if !late || !b.late {
		b.remark(e, gapText(e.From, d), true)
	}
	b.late = b.late || late
}

func (b *ladder) plain(e trace.Event) {
	switch e.Name {
	case trace.HelloRequest:
		e.From = trace.Server
		b.arrow(e, "HelloRequest", false)
	case trace.Isolated:
		b.protected = map[trace.Side]bool{}
		b.remark(e, "the stream ends here; what follows is another connection", true)
	}
}

// maxParts is how many messages one arrow names.
const maxParts = 12

// arrow adds to the arrow that is being drawn, or begins one.
func (b *ladder) arrow(e trace.Event, text string, marked bool) {
	if n := len(b.rungs) - 1; n >= 0 && !marked && b.joins(e, b.rungs[n]) {
		b.extend(&b.rungs[n], e, text)
		return
	}
	b.begin(e, text, marked, b.protected[e.From])
}

func (b *ladder) begin(e trace.Event, text string, marked, protected bool) {
	b.data, b.parts = isData(e), 1
	b.rungs = append(b.rungs, Rung{
		At: e.At, Frame: e.Place.Frame, Last: max(e.Place.Frame, e.Place.Last), From: e.From,
		Text: text, Protected: protected, Marked: marked, Events: []trace.Event{e},
	})
}

// joins says whether what e tells goes on with the last arrow.
func (b *ladder) joins(e trace.Event, last Rung) bool {
	return e.From == last.From && e.From != trace.Nobody && !last.Marked &&
		last.Protected == b.protected[e.From] && !b.data && !isData(e) &&
		!b.alone[e.Place.Frame] && !b.alone[last.Frame] && e.Handshake == last.Events[0].Handshake
}

func (b *ladder) extend(r *Rung, e trace.Event, text string) {
	r.Last = max(r.Last, e.Place.Last)
	r.Events = append(r.Events, e)
	switch b.parts++; {
	case b.parts <= maxParts:
		r.Text += ", " + text
	case b.parts == maxParts+1:
		r.Text += ", …"
	}
}

func isData(e trace.Event) bool { return e.Name == trace.Data }

func (b *ladder) remark(e trace.Event, text string, marked bool) {
	b.rungs = append(b.rungs, Rung{
		At: e.At, Frame: e.Place.Frame, Last: max(e.Place.Frame, e.Place.Last), Text: text, Marked: marked,
		Events: []trace.Event{e},
	})
}

func (b *ladder) newKeys(e trace.Event, d trace.KeysDetail) {
	// RFC 8446 changes keys without a message.
	if d.Version != wire.VersionTLS13 {
		b.arrow(e, "ChangeCipherSpec", false)
	}
	b.protected[e.From], b.locked[e.From] = true, d.Locked != ""
	said := ""
	switch {
	case d.Locked != "":
		said = "from here on nothing can be opened: " + d.Locked
	case d.Opened != "":
		said = "opened with " + d.Opened
	}
	if said != "" && said != b.keys {
		b.keys = said
		b.remark(trace.Event{At: e.At, Name: e.Name, Detail: d}, said, false)
	}
}

func (b *ladder) addData(e trace.Event, d trace.DataDetail) {
	if e.Name == trace.Crossed {
		b.remark(e, crossedText(d), false)
		return
	}
	if d.FromClient > 0 || e.From == trace.Client {
		e.From = trace.Client
		if d.Sealed {
			b.sealed(e.From)
		}
		b.arrow(e, dataText(d, d.FromClient), false)
	}
	if d.ToClient > 0 || e.From == trace.Server {
		e.From = trace.Server
		if d.Sealed {
			b.sealed(e.From)
		}
		b.arrow(e, dataText(d, d.ToClient), false)
	}
}

// sealed notes that a side's records are not opened, even where it was not seen
// to change its keys.
func (b *ladder) sealed(from trace.Side) { b.protected[from], b.locked[from] = true, true }

// record adds a record that stayed sealed, or keeps what is odd of one for the
// message in it.
func (b *ladder) record(e trace.Event, d trace.RecordDetail) {
	odd := ""
	if d.Negotiated != 0 && d.Header != d.Negotiated {
		odd = headerText(d.Header)
	}
	switch {
	case d.Sealed:
		b.sealed(e.From)
		text := sealedText(d)
		if n := len(b.rungs) - 1; odd == "" && n >= 0 && b.joins(e, b.rungs[n]) && endsAlike(b.rungs[n], d) {
			text = "another"
		}
		b.arrow(e, text+odd+", "+bytesText(int64(d.Length)), odd != "")
	case !knownType(d.Type):
		b.arrow(e, strangeText(d), true)
	default:
		b.header[e.From] = odd
	}
}

// endsAlike says whether the last that a rung tells is a sealed record of the
// same type.
func endsAlike(r Rung, d trace.RecordDetail) bool {
	last, ok := r.Events[len(r.Events)-1].Detail.(trace.RecordDetail)
	return ok && last.Sealed && last.Type == d.Type
}

// secondHello adds to the arrow of the hello what its record's header says,
// which alone makes other servers give up.
func (b *ladder) secondHello(e trace.Event, d trace.SecondHelloDetail) {
	if n := len(b.rungs) - 1; n >= 0 && b.rungs[n].From == trace.Client {
		r := &b.rungs[n]
		if header := headerText(d.HeaderVersion); d.HeaderVersion != 0 && d.HeaderVersion != b.version && !strings.Contains(r.Text, header) {
			r.Text += header
		}
		r.Protected = d.Kind != renego.KindRestart
		r.Events = append(r.Events, e)
	}
	b.remark(e, secondHelloText(e, d), true)
}

// answered tells an answer. In a capture an abort is the alert that follows.
func (b *ladder) answered(e trace.Event, d trace.AnsweredDetail) {
	b.reason = d.Reason
	if abort := d.Answer == renego.AnswerAbort; !abort || e.Place.Frame == 0 {
		b.remark(e, answeredText(d), abort)
	}
}

func (b *ladder) failure(e trace.Event, d trace.FailureDetail) {
	if e.Name == trace.HandshakeFailed {
		return // closed says it again
	}
	text := "closed"
	if d.Finding != "" {
		text += ", " + d.Finding
	}
	if d.Reason != "" && d.Reason != b.reason {
		text += ": " + d.Reason
	}
	b.remark(e, text, d.Finding != "")
}

// end adds how a side's TCP stream ended. TCP is not under keys.
func (b *ladder) end(e trace.Event, d trace.EndDetail) {
	switch d.How {
	case trace.EndFIN, trace.EndReset:
		b.begin(e, endText(d, b.protected[e.From] && !b.locked[e.From] && !b.ending), d.How == trace.EndReset && !b.ending, false)
	case trace.EndReused:
		b.remark(e, "another connection with the same ports begins", false)
	case trace.EndOfCapture:
		if n := len(b.rungs) - 1; n >= 0 && strings.HasPrefix(b.rungs[n].Text, stillOpen) {
			b.rungs[n].Text = stillOpen + ", and the connection is open on both sides"
			return
		}
		b.remark(e, stillOpen+fmt.Sprintf(", and the %s's side is open", e.From), false)
	}
}
