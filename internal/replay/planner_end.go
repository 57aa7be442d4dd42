package replay

import (
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// fails notes at which step the captured connection failed, where it did.
func (p *planner) fails(by trace.Side) {
	if p.plan.Fail == nil && p.c.Diagnosis.Failed() {
		p.plan.Fail = &Failure{Step: len(p.plan.Steps) - 1, By: by}
	}
}

func (p *planner) endStep(m moment, at time.Duration, end EndStep) {
	p.before(m)
	wait := max(0, at-p.last)
	if wait > maxGap {
		p.note("the server's end came after %v; %v are waited for", wait.Round(time.Second), maxGap)
		wait = maxGap
	}
	p.add(Step{Act: ActAwaitEnd, Frame: m.frame, End: &end, Wait: wait})
	p.ended = true
	p.fails(trace.Server)
}

// serversTurn reports whether the client waits for the server's part of a handshake.
func (p *planner) serversTurn() bool {
	return p.under && (!p.answered || p.finished[trace.Client])
}

func (p *planner) takeEnd(m moment) {
	p.closed[m.from] = true
	switch {
	case m.from == trace.Server && m.end.How != trace.EndOfCapture && m.end.How != trace.EndReused:
		if !p.ended && !p.closed[trace.Client] {
			p.endStep(m, m.at, EndStep{How: m.end.How, Answer: p.serversTurn()})
		}
	case m.from == trace.Client && m.end.How == trace.EndFIN:
		p.before(m)
		p.add(Step{Act: ActClose, Frame: m.frame, Wait: p.gap(m.at)})
		p.fails(trace.Client)
	case m.from == trace.Client && m.end.How == trace.EndReset:
		p.before(m)
		p.add(Step{Act: ActReset, Frame: m.frame, Wait: p.gap(m.at)})
		p.fails(trace.Client)
	}
}

// finish says what is not as it was, once the plan is whole.
func (p *planner) finish() {
	for _, e := range p.c.Diagnosis.Conversation.Events {
		if gap, ok := e.Detail.(trace.GapDetail); ok && fromClientGap(e) {
			p.note("bytes of the client's are missing from the capture (frame %d, %s): what they held is left out", e.Place.Frame, gap.Why)
			break
		}
	}
	if p.c.Source.Broken != "" {
		p.note("the capture can be read only in part (%s)", wire.Printable(p.c.Source.Broken))
	}
	if p.c.Cut > 0 {
		p.note("%d records are left out, for there are too many", p.c.Cut)
	}
	p.plan.CaptureFailed = p.c.Diagnosis.Failed()
	p.plan.Sealed = p.sealed()
	p.plan.TakesData = !p.brokeByData()
	p.plan.Certificate = p.showedCertificate()
	p.talk()
}

// sealed reports whether nothing of what passed under keys could be read.
func (p *planner) sealed() bool {
	return slices.ContainsFunc(p.c.Records, func(r Record) bool { return r.Sealed }) &&
		!slices.ContainsFunc(p.c.Records, func(r Record) bool { return r.Protected && !r.Sealed })
}

// brokeByData reports whether the client could not bear data that crossed its
// handshake.
func (p *planner) brokeByData() bool {
	for _, f := range p.c.Diagnosis.Findings {
		if f.ID == "reneg-data-crossed" && f.Level == diagnose.Failure {
			return true
		}
	}
	return false
}

func (p *planner) showedCertificate() bool {
	for _, e := range p.c.Diagnosis.Conversation.Events {
		switch d := e.Detail.(type) {
		case trace.HandshakeDetail:
			if d.ClientCertificate {
				return true
			}
		case trace.MessageDetail:
			if c, ok := d.Parsed.(*wire.Certificate); ok && e.From == trace.Client && len(c.Chain) > 0 {
				return true
			}
		}
	}
	return false
}

// talk takes the dialogue before TLS, of which only the client's part is spoken.
func (p *planner) talk() {
	if p.c.Diagnosis.Conversation.Prelude != nil {
		p.plan.Talk = p.c.Talk
	}
}
