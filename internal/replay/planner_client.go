package replay

import (
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

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
	if m.Sealed && p.opens && !p.holes {
		p.damaged(m)
		return
	}
	switch m.Type {
	case wire.TypeHandshake:
		p.clientHandshake(m)
	case wire.TypeChangeCipherSpec:
		if p.under {
			p.changed[trace.Client], p.opens = true, false // the next keys may be unknown
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
	if p.enough() {
		return
	}
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
		if refusesCertificate[s.Alert.Alert] {
			p.note("the client refuses the server's certificate (%s), and so does its replay, whatever the certificate is: whether the client would refuse this one, nobody knows", s.Alert.Alert)
		}
		p.ended = true
		p.fails(trace.Client)
	}
	if s.Alert.Alert == wire.AlertNoRenegotiation {
		p.asks = false
	}
}

// refusesCertificate are the alerts of a client that does not like a certificate
// (RFC 5246, section 7.2.2).
var refusesCertificate = map[wire.Alert]bool{
	wire.AlertBadCertificate: true, wire.AlertUnsupportedCertificate: true, wire.AlertCertificateRevoked: true,
	wire.AlertCertificateExpired: true, wire.AlertCertificateUnknown: true, wire.AlertUnknownCA: true,
}
