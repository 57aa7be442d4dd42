package replay

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// An Outcome is how a replay ended.
type Outcome struct {
	Served    bool
	Beyond    bool          // past the step at which the captured connection failed
	Open      time.Duration // the server did not end the connection in so long
	Refused   bool          // a handshake, by the warning no_renegotiation
	AsPlanned bool          // the client ended it, as it had in the capture
	By        trace.Side    // who ended it; Nobody: nobody, an answer did not come
	Step      int
	Alert     *EndStep // the server's, or how it ended without one
	Words     string   // of what the client itself could not bear or do
	Unable    bool     // this client cannot do what the server chose
	Crossed   bool     // data crossed the handshake, and this client cannot bear that
	Differs   int      // how many remarks there are
}

// ended says what an error means.
func (p *player) ended(err error) Outcome {
	o := Outcome{By: trace.Server, Step: p.at, Crossed: errors.Is(err, legacyclient.ErrCrossed)}
	var alert *legacyclient.AlertError
	var unable *legacyclient.UnspokenError
	switch {
	case errors.As(err, &alert):
		o.Alert = &EndStep{Level: alert.Level, Alert: alert.Alert, How: ""}
	case errors.Is(err, io.EOF):
		o.Alert = &EndStep{Level: wire.LevelWarning, Alert: wire.AlertCloseNotify}
	case errors.Is(err, io.ErrUnexpectedEOF):
		o.Alert = &EndStep{How: trace.EndFIN}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		o.Alert = &EndStep{How: trace.EndReset}
	case isTimeout(err), p.ctx.Err() != nil:
		o.By = trace.Nobody
	case errors.As(err, &unable):
		o.By, o.Unable, o.Words = trace.Client, true, unableWords(unable.What)
	default:
		o.By, o.Words = trace.Client, err.Error()
	}
	return o
}

// unableWords names a version in place of the suites that only it has.
func unableWords(what string) string {
	for _, id := range []wire.SuiteID{wire.TLS_AES_128_GCM_SHA256, wire.TLS_AES_256_GCM_SHA384, wire.TLS_CHACHA20_POLY1305_SHA256} {
		if strings.HasSuffix(what, " "+id.String()) {
			return wire.VersionTLS13.String()
		}
	}
	return what
}

// A Status is a verdict in a word.
type Status string

// The statuses.
const (
	Served     Status = "served"
	AsCaptured Status = "failed-as-captured"
	Otherwise  Status = "failed-otherwise" // at the same step, in another way
	Earlier    Status = "failed-earlier"   // where the captured connection had gone on
	Unplayable Status = "not-played"       // this client cannot do what the server chose
)

// A Verdict says what a replay showed.
type Verdict struct {
	Status Status
	Text   string
}

// judge holds the outcome against what had happened in the capture.
func judge(p *Plan, o Outcome) Verdict {
	step := p.stepText(p.lastAct(o.Step))
	same := p.Fail != nil && p.lastAct(o.Step) == p.lastAct(p.Fail.Step)
	switch {
	case o.Unable:
		return Verdict{Unplayable, fmt.Sprintf("Not played to its end: the server chose %s, which the hello offers and this client cannot do.", o.Words)}
	case o.Served && p.Partial && p.CaptureFailed:
		return Verdict{Unplayable, "Not played to its end: the server served what was replayed, and what failed in the capture comes after that."}
	case o.Served:
		return Verdict{Served, p.servedText(o)}
	case o.Refused:
		return Verdict{Otherwise, fmt.Sprintf("The server refused the handshake that %s begins with the warning no_renegotiation, and left the connection as it was; %s.", step, p.wasText())}
	case o.Crossed && p.Fail != nil && p.Steps[p.Fail.Step].Alert.Crossed:
		return Verdict{AsCaptured, fmt.Sprintf("It failed as in the capture: data of the server's crossed the handshake that %s begins, and this client cannot bear that either.", step)}
	case o.AsPlanned:
		return Verdict{AsCaptured, fmt.Sprintf("The client ended it as in the capture, by %s.", p.stepText(p.Fail.Step))}
	case same && o.By == p.Fail.By && sameEnd(p.Steps[p.Fail.Step].End, o.Alert):
		return Verdict{AsCaptured, fmt.Sprintf("The server failed it as in the capture: %s at the same step, in answer to %s%s.", endText(o.Alert), step, p.unread())}
	case same:
		return Verdict{Otherwise, fmt.Sprintf("It failed at the same step, and otherwise: %s, in answer to %s; in the capture it was %s.", o.text(), step, p.wasEnd())}
	case p.Fail == nil:
		return Verdict{Earlier, fmt.Sprintf("It failed, where nothing failed in the capture: %s, in answer to %s%s.", o.text(), step, p.fillerText(o))}
	}
	return Verdict{Earlier, fmt.Sprintf("It differed earlier: %s, in answer to %s%s; %s.", o.text(), step, p.fillerText(o), p.wasText())}
}

// fillerText says that the server may have ended what was no data of its protocol.
func (p *Plan) fillerText(o Outcome) string {
	i := p.lastAct(o.Step)
	if i < 0 || o.By != trace.Server || p.Steps[i].Act != ActData || len(p.Steps[i].Data) > 0 {
		return ""
	}
	return ", which was filler (--data sends what was captured)"
}

// unread says what is not known of the captured failure.
func (p *Plan) unread() string {
	if end := p.Steps[p.Fail.Step].End; end != nil && end.Sealed {
		return "; which alert it was in the capture, no key tells"
	}
	return ""
}

func (p *Plan) servedText(o Outcome) string {
	switch {
	case o.Beyond:
		return fmt.Sprintf("The server served it: the handshake that failed in the capture was completed (%s).", p.wasText())
	case o.Open > 0:
		return fmt.Sprintf("The server served it: it had not ended the connection after %v; %s.", o.Open.Round(time.Second), p.wasText())
	case p.Fail != nil:
		return fmt.Sprintf("The server served it to the end of what was replayed; %s.", p.wasText())
	}
	if p.Partial {
		return "The server served it as far as it was replayed."
	}
	if o.Differs > 0 {
		return "The server served it to the end, as in the capture, though not in all as the captured one did: see above."
	}
	return "The server served it to the end, as in the capture."
}

// wasText says how the captured connection ended.
func (p *Plan) wasText() string {
	if p.Fail == nil {
		return "in the capture nothing failed"
	}
	if s := p.Steps[p.Fail.Step]; s.End != nil {
		return fmt.Sprintf("in the capture the server answered %s with %s", p.stepText(p.lastAct(p.Fail.Step)), endText(s.End))
	}
	return "in the capture the client ended it by " + p.stepText(p.Fail.Step)
}

// wasEnd is by what the captured connection ended.
func (p *Plan) wasEnd() string {
	if s := p.Steps[p.Fail.Step]; s.End != nil {
		return endText(s.End)
	}
	return "the client that ended it, by " + p.stepText(p.Fail.Step)
}

// sameEnd reports whether two ends are alike, as far as is known of them.
func sameEnd(was, is *EndStep) bool {
	switch {
	case was == nil || is == nil:
		return was == is
	case was.Sealed:
		return is.Level == wire.LevelFatal
	case was.Level != 0:
		return was.Level == is.Level && was.Alert == is.Alert
	}
	return was.How == is.How
}

// text says how it ended, as the begin of a sentence's second half.
func (o Outcome) text() string {
	switch {
	case o.By == trace.Server:
		return "the server ended it with " + endText(o.Alert)
	case o.By == trace.Nobody:
		return "the server did not answer in time"
	}
	return "this client gave up, as a real one would: " + o.Words
}

func endText(e *EndStep) string {
	switch {
	case e == nil:
		return "nothing"
	case e.Sealed:
		return "an alert that no key opens"
	case e.Level == wire.LevelFatal:
		return fmt.Sprintf("fatal %s (%d)", e.Alert, e.Alert)
	case e.Level != 0:
		return fmt.Sprintf("the warning %s", e.Alert)
	case e.How == trace.EndReset:
		return "a TCP reset"
	}
	return "the end of the TCP stream (FIN), and no alert"
}
