package replay

import (
	"errors"
	"os"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/trace"
)

// step plays one step.
func (p *player) step(s *Step) error {
	switch s.Act {
	case ActHello:
		return p.sendHello(s)
	case ActAwaitFlight:
		return p.refusable(p.receiveFlight())
	case ActKeyExchange:
		return p.refusable(p.keyExchange(s.Shapes))
	case ActChange:
		return p.refusable(p.change(s.Shapes))
	case ActFinished:
		return p.finishAs(s)
	case ActAwaitFinished:
		return p.awaitFinished(s)
	case ActData:
		return p.sendData(s)
	case ActAwaitData:
		return p.awaitData(s.Bytes)
	case ActAwaitRequest:
		return p.awaitRequest()
	case ActAwaitRefusal:
		return p.awaitRefusal()
	case ActAlert:
		return p.sendAlert(s)
	case ActAwaitEnd:
		return p.awaitEnd(s)
	case ActDamaged:
		return p.sendDamaged(s)
	case ActClose:
		p.pause(s.Wait)
		p.closeWrite()
		return nil
	default:
		p.pause(s.Wait)
		_ = p.conn.Conn.(interface{ SetLinger(int) error }).SetLinger(0) // then it is a FIN
		return p.conn.Close()
	}
}

// written gives what the server said, if err came of writing to one that had gone.
func (p *player) written(err error) error {
	if err == nil || isTimeout(err) {
		return err
	}
	if end := p.client.AwaitEnd(); end != nil && !isTimeout(end) {
		return end
	}
	return err
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// refusable takes the warning no_renegotiation where a handshake was due: what is
// under way is dropped, and the connection goes on.
func (p *player) refusable(err error) error {
	if errors.Is(err, legacyclient.ErrRefused) && p.client.State().Handshakes > 0 {
		p.hand = hand{}
		p.remark("the server refuses the handshake with the warning no_renegotiation, and the connection goes on")
		p.result.Outcome = Outcome{Refused: true, By: trace.Server, Step: p.at}
		return nil
	}
	return err
}
