package replay

import (
	"errors"
	"io"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
)

func (p *player) sendAlert(s *Step) error {
	if s.Alert.Crossed && p.under {
		if err := p.refusable(p.complete()); err != nil {
			return err
		}
		p.remark("no data of the server's crosses the handshake, as it had in the capture")
		if !p.result.Outcome.Refused {
			p.result.Outcome = Outcome{Served: true, Beyond: true, Step: p.at}
		}
		return p.farewell()
	}
	p.framer.expect(s.Shapes, false)
	return p.written(p.client.SendAlert(s.Alert.Level, s.Alert.Alert))
}

func (p *player) awaitRefusal() error {
	err := p.complete()
	if errors.Is(err, legacyclient.ErrRefused) {
		p.hand = hand{}
		return nil
	}
	if err == nil {
		p.remark("the server goes through with the handshake, which the captured one refused with the warning no_renegotiation")
	}
	return err
}

// awaitEnd waits for the server to end the connection as it had. Where it had done
// so instead of going on with a handshake, and goes on now, so does the client.
func (p *player) awaitEnd(s *Step) error {
	switch {
	case s.End.Answer && p.result.Outcome.Refused:
		return p.farewell()
	case s.End.Answer && p.under:
		if err := p.refusable(p.complete()); err != nil {
			return err
		}
		if p.result.Outcome.Refused {
			return p.farewell()
		}
		p.result.Outcome = Outcome{Served: true, Beyond: true, Step: p.at}
		return p.farewell()
	}
	p.client.Configure(func(o *legacyclient.Options) { o.Timeout = s.Wait + p.o.Timeout })
	err := p.client.AwaitEnd()
	p.client.Configure(func(o *legacyclient.Options) { o.Timeout = p.o.Timeout })
	switch {
	case isTimeout(err) && p.ctx.Err() == nil:
		p.remark("the server does not end the connection, as the captured one did")
		if p.plan.Fail != nil {
			p.result.Outcome = Outcome{Served: true, Step: p.at, Open: s.Wait + p.o.Timeout}
			return p.farewell()
		}
		return nil
	case closes(err) && p.plan.Fail == nil:
		return nil
	}
	return err
}

// closes reports whether an error is a connection that ended without an alert.
func closes(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// farewell ends well a connection that goes on where the captured one did not.
func (p *player) farewell() error {
	p.framer.expect(nil, false)
	_ = p.client.CloseWrite() // the outcome is known
	p.closeWrite()
	return errOver
}

// closeWrite closes the client's side, and waits a moment for the server's.
func (p *player) closeWrite() {
	_ = p.conn.CloseWrite() // a server that had gone is the same as one that goes
	p.drain()
}

// drain reads what the server still sends, until it ends its side, for a second at
// most: so its end is seen.
func (p *player) drain() {
	if p.conn.SetReadDeadline(time.Now().Add(time.Second)) != nil {
		return
	}
	b := make([]byte, 16<<10)
	for p.ctx.Err() == nil {
		if _, err := p.conn.Read(b); err != nil {
			return
		}
	}
}
