// Package report draws conversations for people.
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
	At        time.Duration
	From      trace.Side
	Text      string
	Protected bool // the arrow's content is under keys
	Marked    bool // the line that the story turns on
}

// Ladder makes rungs of a connection's events. What one side sends in a row
// becomes one arrow.
func Ladder(events []trace.Event) []Rung {
	b := ladder{protected: map[trace.Side]bool{}}
	for _, e := range events {
		b.add(e)
	}
	return b.rungs
}

type ladder struct {
	rungs     []Rung
	protected map[trace.Side]bool // whose records are under keys
	reason    string              // the last one told
}

func (b *ladder) add(e trace.Event) {
	switch d := e.Detail.(type) {
	case trace.MessageDetail:
		b.arrow(e, messageText(d), e.Handshake > 0 && d.Type == wire.MessageClientHello)
	case trace.KeysDetail:
		b.arrow(e, "ChangeCipherSpec", false)
		b.protected[e.From] = true
	case trace.AlertDetail:
		b.arrow(e, fmt.Sprintf("alert %s (%s)", d.Alert, d.Level), d.Level == wire.LevelFatal)
	case trace.DataDetail:
		b.data(e, d)
	case trace.SecondHelloDetail:
		b.secondHello(e, d)
	case trace.AnsweredDetail:
		b.remark(e, answeredText(d), d.Answer == renego.AnswerAbort)
		b.reason = d.Reason
	case trace.HandshakeDetail:
		b.remark(e, handshakeText(d), false)
	case trace.FailureDetail:
		b.failure(e, d)
	case trace.RationedDetail:
		b.remark(e, fmt.Sprintf("the hello waits %s for its ration", d.Wait.Round(time.Millisecond)), false)
	default:
		b.plain(e)
	}
}

func (b *ladder) plain(e trace.Event) {
	switch e.Name {
	case trace.HelloRequest:
		b.remark(e, "the server asks for a renegotiation", false)
	case trace.Isolated:
		b.protected = map[trace.Side]bool{}
		b.remark(e, "the stream ends here; what follows is another connection", true)
	}
}

// arrow adds to the arrow that is being drawn, or begins one.
func (b *ladder) arrow(e trace.Event, text string, marked bool) {
	if n := len(b.rungs) - 1; n >= 0 && !marked {
		last := &b.rungs[n]
		if last.From == e.From && !last.Marked && last.Protected == b.protected[e.From] && e.From != trace.Nobody {
			last.Text += ", " + text
			return
		}
	}
	b.rungs = append(b.rungs, Rung{At: e.At, From: e.From, Text: text, Protected: b.protected[e.From], Marked: marked})
}

func (b *ladder) remark(e trace.Event, text string, marked bool) {
	b.rungs = append(b.rungs, Rung{At: e.At, Text: text, Marked: marked})
}

func (b *ladder) data(e trace.Event, d trace.DataDetail) {
	text := func(n int64) string { return fmt.Sprintf("data, %s", bytesText(n)) }
	if e.Name == trace.Crossed {
		b.remark(e, fmt.Sprintf("%s of the client's data came in the middle of it", bytesText(d.FromClient)), false)
		return
	}
	if d.FromClient > 0 {
		b.arrow(trace.Event{At: e.At, From: trace.Client}, text(d.FromClient), false)
	}
	if d.ToClient > 0 {
		b.arrow(trace.Event{At: e.At, From: trace.Server}, text(d.ToClient), false)
	}
}

// secondHello adds to the arrow of the hello what its record's header says,
// which alone makes other servers give up.
func (b *ladder) secondHello(e trace.Event, d trace.SecondHelloDetail) {
	if n := len(b.rungs) - 1; n >= 0 && b.rungs[n].From == trace.Client {
		b.rungs[n].Text += ", record header 0x" + fmt.Sprintf("%04x", uint16(d.HeaderVersion))
		b.rungs[n].Protected = d.Kind != renego.KindRestart
	}
	text := fmt.Sprintf("%s: a %s hello", e.Finding, d.Kind)
	if d.Resumes {
		text += " that resumes the session in use"
	}
	b.remark(e, text, true)
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

func answeredText(d trace.AnsweredDetail) string {
	text := "answer: " + d.Answer.String()
	if d.Bound != "" {
		text += ", bound by " + d.Bound
	}
	if d.Reason != "" {
		text += " (" + d.Reason + ")"
	}
	return text
}

func handshakeText(d trace.HandshakeDetail) string {
	how := "full handshake"
	if d.Resumed {
		how = "abbreviated handshake"
	}
	return fmt.Sprintf("%s done: %s, %s", how, d.Version, d.Suite.ID)
}

func messageText(d trace.MessageDetail) string {
	if d.Hello == nil {
		return d.Type.String()
	}
	return d.Type.String() + helloText(d.Hello)
}

// helloText says of a hello what renegotiation turns on.
func helloText(h *wire.ClientHello) string {
	var said []string
	if h.OffersSCSV() {
		said = append(said, "SCSV")
	}
	if info, present, err := h.RenegotiationInfo(); present && err == nil {
		said = append(said, fmt.Sprintf("renegotiation_info of %d bytes", len(info)))
	}
	if len(said) == 0 {
		said = append(said, "no SCSV, no renegotiation_info")
	}
	if ticket, _ := h.SessionTicket(); len(ticket) > 0 {
		said = append(said, "a ticket")
	} else if len(h.SessionID) > 0 {
		said = append(said, "a session id")
	}
	return " (" + strings.Join(said, ", ") + ")"
}

func bytesText(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
