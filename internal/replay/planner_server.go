package replay

import (
	"slices"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

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
	return !slices.ContainsFunc(p.c.Records[m.index:], func(r Record) bool { return r.Type != wire.TypeAlert })
}
