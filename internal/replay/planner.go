package replay

import (
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Make makes the plan. It is bounded, whatever was captured.
func Make(c *Captured) (*Plan, error) {
	p := &planner{c: c, plan: &Plan{TakesData: true}}
	if c.Diagnosis.Conversation.Protocol != trace.ProtocolTLS {
		return nil, fmt.Errorf("%w: connection %d is %s, not TLS", ErrNothing, c.Diagnosis.Conversation.Number, c.Diagnosis.Conversation.Protocol)
	}
	for _, m := range timeline(c) {
		if p.over {
			break
		}
		p.take(m)
		if len(p.plan.Steps) > maxSteps || p.plan.Data > maxBytes || p.plan.Time > maxTime {
			p.stop("only the beginning of it: a replay has at most %d steps, %d MiB and %v", maxSteps, maxBytes>>20, maxTime)
		}
	}
	if p.first == nil {
		return nil, fmt.Errorf("%w: connection %d has no whole ClientHello to begin with", ErrNothing, c.Diagnosis.Conversation.Number)
	}
	p.finish()
	return p.plan, nil
}

// A planner goes through what was captured, in order.
type planner struct {
	c    *Captured
	plan *Plan

	first     *wire.ClientHello
	hellos    int
	helloEnd  int64        // where in the client's stream the hello ends
	version   wire.Version // negotiated; zero: not yet
	suite     wire.SuiteID
	last      time.Duration // when something last happened
	lastEnd   int           // the frame in which the client's last record ended
	open      *Shape        // that record's
	toClient  int64
	awaited   int64 // of those bytes
	dataFrame int   // in which the last of them came
	ticket    int   // how long the one is that the server gave
	id        int   // likewise its session id

	under    bool // a handshake is under way
	answered bool // the server began to answer the hello
	changed  [3]bool
	finished [3]bool
	resumes  bool         // no message but Finished came from the client
	restart  *HelloStep   // the client's last record; nil: that was something else
	was      wire.Version // negotiated before it
	opens    bool         // the client's records can be opened
	asks     bool         // a sealed record of the server's may be a HelloRequest
	ended    bool         // a fatal alert passed
	closed   [3]bool
	over     bool
}

func (p *planner) note(format string, args ...any) { p.plan.note(format, args...) }

// stop leaves out what follows.
func (p *planner) stop(format string, args ...any) {
	p.over, p.plan.Partial = true, true
	p.note(format, args...)
}

func (p *planner) take(m moment) {
	switch {
	case m.Record == nil && m.end == nil:
		p.stop("what the client sent in frame %d is no record of TLS: from there on nothing is replayed", m.frame)
	case m.end != nil:
		p.takeEnd(m)
	case m.from == trace.Client:
		p.takeClient(m)
	default:
		p.takeServer(m)
	}
	p.last = max(p.last, m.at)
}

func (p *planner) add(s Step) {
	p.plan.Steps = append(p.plan.Steps, s)
}

// before adds the wait for what the server sent before the client acted.
func (p *planner) before(m moment) {
	if p.toClient > p.awaited && !p.under {
		p.add(Step{Act: ActAwaitData, Frame: p.dataFrame, Bytes: p.toClient})
		p.awaited = p.toClient
	}
}

func (p *planner) takeClient(m moment) {
	if p.version == wire.VersionTLS13 {
		p.modern(m)
		return
	}
	p.opens = p.opens || m.Protected && !m.Sealed
	if h := p.restart; h != nil && p.under && !p.answered && m.Protected && !m.Sealed {
		// Whoever sent that hello, it was not the client: it has not forgotten its keys.
		h.Injected, p.under, p.version = true, false, p.was
	}
	p.restart = nil
	if m.Sealed && p.opens {
		p.damaged(m)
		return
	}
	switch m.Type {
	case wire.TypeHandshake:
		p.clientHandshake(m)
	case wire.TypeChangeCipherSpec:
		if p.under {
			p.changed[trace.Client] = true
			p.do(m, ActChange)
		}
	case wire.TypeApplicationData:
		p.clientData(m)
	case wire.TypeAlert:
		p.clientAlert(m)
	default:
		p.note("a %s record of the client's is left out (frame %d)", m.Type, m.frame)
	}
}

// modern ends the plan where the client goes on in TLS 1.3.
func (p *planner) modern(m moment) {
	if m.Type == wire.TypeChangeCipherSpec {
		return // RFC 8446, appendix D.4: it means nothing
	}
	p.plan.Modern = true
	p.stop("the connection is TLS 1.3: what follows on its hello is not replayed")
}

// damaged takes a record that does not open under keys that others opened under.
func (p *planner) damaged(m moment) {
	p.before(m)
	s := p.do(m, ActDamaged)
	s.Type = m.Type
	if len(s.Shapes) == 1 {
		p.note("the %s record in frame %d does not open, though others do: one of its length is sent that opens no more than it", m.Type, m.frame)
	}
}

// do adds a step that one record makes, or the record to the step that it goes on
// with.
func (p *planner) do(m moment, act Act) *Step {
	shape := p.shape(m)
	if n := len(p.plan.Steps); n > 0 && p.plan.Steps[n-1].Act == act && act != ActAlert {
		s := &p.plan.Steps[n-1]
		s.Shapes = append(s.Shapes, shape)
		p.open = &s.Shapes[len(s.Shapes)-1]
		return s
	}
	p.add(Step{Act: act, Frame: m.first().Frame, Shapes: []Shape{shape}})
	s := &p.plan.Steps[len(p.plan.Steps)-1]
	p.open = &s.Shapes[0]
	return s
}

func (p *planner) clientData(m moment) {
	p.before(m)
	s := p.do(m, ActData)
	n := max(0, s.Shapes[len(s.Shapes)-1].Content)
	s.Bytes += int64(n)
	p.plan.Data += int64(n)
	s.Data = append(s.Data, m.Data...)
}

func (p *planner) clientAlert(m moment) {
	p.before(m)
	s := p.do(m, ActAlert)
	s.Alert = AlertStep{Level: wire.AlertLevel(m.Alert[0]), Alert: wire.Alert(m.Alert[1])}
	if m.Sealed || m.Content != 2 {
		s.Alert = AlertStep{Level: wire.LevelWarning, Alert: wire.AlertCloseNotify, Concluded: true}
	}
	if s.Alert.Level == wire.LevelFatal && !p.ended {
		s.Alert.Crossed = p.under && p.brokeByData()
		p.ended = true
		p.fails(trace.Client)
	}
	if s.Alert.Alert == wire.AlertNoRenegotiation {
		p.asks = false
	}
}

// fails notes at which step the captured connection failed, where it did.
func (p *planner) fails(by trace.Side) {
	if p.plan.Fail == nil && p.c.Diagnosis.Failed() {
		p.plan.Fail = &Failure{Step: len(p.plan.Steps) - 1, By: by}
	}
}

func (p *planner) takeServer(m moment) {
	switch m.Type {
	case wire.TypeHandshake:
		p.serverHandshake(m)
	case wire.TypeChangeCipherSpec:
		if p.under {
			p.flight(m)
			p.changed[trace.Server] = true
		}
	case wire.TypeApplicationData:
		p.toClient += int64(max(0, p.content(m)))
		p.dataFrame = m.frame
	case wire.TypeAlert:
		p.serverAlert(m)
	}
}

// flight adds the wait for the server's answer to the hello.
func (p *planner) flight(m moment) {
	if !p.answered {
		p.answered = true
		p.add(Step{Act: ActAwaitFlight, Frame: m.first().Frame, Wait: m.first().At - p.last})
	}
}

func (p *planner) serverHandshake(m moment) {
	p.learn(m)
	switch {
	case m.has(trace.HelloRequest) && !p.under:
		p.before(m)
		p.add(Step{Act: ActAwaitRequest, Frame: m.first().Frame})
	case !p.under:
		p.asks = m.Sealed
	case p.changed[trace.Server]:
		p.finished[trace.Server] = true
		p.add(Step{Act: ActAwaitFinished, Frame: m.first().Frame, Done: &HandshakeResult{Version: p.version, Suite: p.suite}})
		p.done()
	default:
		p.flight(m)
	}
}

// learn keeps what later steps depend on.
func (p *planner) learn(m moment) {
	for _, e := range m.events {
		d, ok := e.Detail.(trace.MessageDetail)
		if !ok {
			continue
		}
		switch x := d.Parsed.(type) {
		case *wire.ServerHello:
			v, err := x.SelectedVersion()
			if err != nil {
				v = x.Version
			}
			p.version, p.suite, p.id = v, x.CipherSuite, len(x.SessionID)
		case *wire.NewSessionTicket:
			p.ticket = len(x.Ticket)
		}
	}
}

// done ends the handshake under way once both sides have.
func (p *planner) done() {
	if !p.finished[trace.Client] || !p.finished[trace.Server] {
		return
	}
	for i := len(p.plan.Steps) - 1; i >= 0; i-- {
		s := &p.plan.Steps[i]
		if s.Act == ActHello {
			break
		}
		if s.Act == ActAwaitFinished {
			s.Done.Resumed = p.resumes
		}
	}
	p.under = false
}

func (p *planner) serverAlert(m moment) {
	level, alert := wire.AlertLevel(m.Alert[0]), wire.Alert(m.Alert[1])
	end := EndStep{Level: level, Alert: alert, Sealed: m.Sealed || m.Content != 2, Answer: p.serversTurn()}
	switch {
	case p.ended || p.closed[trace.Client]:
		return
	case end.Sealed:
		if !p.isLast(m) {
			p.warned(m)
			return
		}
	case level == wire.LevelWarning && alert == wire.AlertNoRenegotiation && p.under:
		p.refused(m)
		return
	case alert == wire.AlertCloseNotify:
	case level == wire.LevelWarning:
		return
	}
	p.endStep(m, m.first().At, end)
}

// warned takes a sealed alert on which the connection went on: a warning. In answer to
// a hello it is no_renegotiation.
func (p *planner) warned(m moment) {
	if p.under && !p.answered {
		p.refused(m)
	}
}

func (p *planner) refused(m moment) {
	p.add(Step{Act: ActAwaitRefusal, Frame: m.first().Frame})
	p.under = false
}

// isLast reports whether nothing but alerts and ends follows on a record.
func (p *planner) isLast(m moment) bool {
	for i := len(p.c.Records) - 1; i >= 0; i-- {
		r := &p.c.Records[i]
		if r == m.Record {
			return true
		}
		if r.Type != wire.TypeAlert {
			return false
		}
	}
	return true
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
		if gap, ok := e.Detail.(trace.GapDetail); ok && e.From == trace.Client {
			p.note("bytes of the client's are missing from the capture (frame %d, %s): what they held is left out", e.Place.Frame, gap.Why)
			break
		}
	}
	if p.c.Cut {
		p.note("of the connection the first %d records are replayed", maxRecords)
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
