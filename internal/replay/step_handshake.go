package replay

import (
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

func (p *player) receiveFlight() error {
	if !p.under || p.flight {
		return nil
	}
	if err := p.client.ReceiveFlight(); err != nil {
		return err
	}
	p.flight = true
	return nil
}

func (p *player) keyExchange(shapes []Shape) error {
	if err := p.receiveFlight(); err != nil {
		return err
	}
	if !p.under || p.keyed || p.client.Resumed() {
		return nil
	}
	p.keyed = true
	p.framer.expect(shapes, true)
	for _, send := range []func() error{p.client.SendCertificate, p.client.SendKeyExchange, p.client.SendCertificateVerify} {
		if err := send(); err != nil {
			return p.written(err)
		}
	}
	return p.written(p.client.Send(legacyclient.Record{Type: wire.TypeHandshake, Payload: p.framer.release()}))
}

// change sends ChangeCipherSpec, once there are keys to change to. Where it came
// too early in the capture it does so here.
func (p *player) change(shapes []Shape) error {
	if !p.under || p.changed {
		return nil
	}
	if p.flight {
		if err := p.keyExchange(nil); err != nil {
			return err
		}
		if p.client.Resumed() {
			if err := p.confirm(); err != nil {
				return err
			}
		}
		p.changed = true
	}
	p.framer.expect(shapes, false)
	for range max(1, len(shapes)) { // it came more than once, perhaps
		if err := p.client.SendChangeCipherSpec(); err != nil {
			return p.written(err)
		}
	}
	return nil
}

// finishAs sends Finished, right or wrong.
func (p *player) finishAs(s *Step) error {
	if !s.Wrong || !p.under || !p.changed || p.finished {
		return p.finish(s.Shapes)
	}
	verify, err := p.client.VerifyData()
	if err != nil {
		return err
	}
	verify[0] ^= 1
	p.finished = true
	p.framer.expect(s.Shapes, false)
	return p.written(p.client.SendFinishedWith(verify))
}

func (p *player) finish(shapes []Shape) error {
	if !p.under || !p.changed || p.finished {
		return nil
	}
	p.finished = true
	p.framer.expect(shapes, false)
	if err := p.written(p.client.SendFinished()); err != nil {
		return err
	}
	if p.confirmed {
		p.under = false
	}
	if p.due != nil {
		if err := p.confirm(); err != nil {
			return err
		}
	}
	p.compare()
	return nil
}

// confirm receives the server's Finished.
func (p *player) confirm() error {
	if !p.under || p.confirmed {
		return nil
	}
	if err := p.client.ReceiveFinished(); err != nil {
		return err
	}
	p.confirmed = true
	if p.finished {
		p.under = false
	}
	return nil
}

// awaitFinished receives the server's Finished. Where the handshake is full and the
// captured one was abbreviated, it comes later.
func (p *player) awaitFinished(s *Step) error {
	p.due = s.Done
	if p.under && (p.finished || p.client.Resumed()) {
		if err := p.confirm(); err != nil {
			return err
		}
	}
	p.compare()
	return nil
}

// compare says, once both are done, in what a handshake came to something else than
// it did.
func (p *player) compare() {
	was := p.due
	if was == nil || !p.finished || !p.confirmed {
		return
	}
	p.due = nil
	is := p.client.State()
	if was.Version != 0 && is.Version != was.Version {
		p.remark("the handshake comes to %s, in the capture to %s", is.Version, was.Version)
	}
	if was.Suite != 0 && is.Suite.ID != was.Suite {
		p.remark("the handshake comes to %s, in the capture to %s", is.Suite.ID, was.Suite)
	}
	if is.Resumed != was.Resumed {
		p.remark("the handshake is %s, in the capture it is %s", how(is.Resumed), how(was.Resumed))
	}
}

func how(resumed bool) string {
	if resumed {
		return "abbreviated"
	}
	return "full"
}

// complete goes through what is left of the handshake under way.
func (p *player) complete() error {
	for _, step := range []func() error{
		p.receiveFlight,
		func() error { return p.keyExchange(nil) },
		func() error { return p.change(nil) },
		func() error { return p.finish(nil) },
		p.confirm,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
