package replay

import (
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// kinds say what a client expects that sent a hello of a kind.
var kinds = map[renego.Kind]legacyclient.HelloKind{
	renego.KindSecure: legacyclient.HelloProper, renego.KindReset: legacyclient.HelloReset, renego.KindForged: legacyclient.HelloProper,
	renego.KindBare: legacyclient.HelloBare, renego.KindRestart: legacyclient.HelloRestart,
}

func (p *player) sendHello(s *Step) error {
	h := s.Hello
	var session *legacyclient.Session
	switch {
	case h.Offers == OfferInUse:
		if session = p.client.Session(); !session.CanBeOffered() {
			p.remark("the server gave no session that this hello could offer, as the captured one did")
			session = nil
		}
	case h.Offers == OfferStranger && h.Kind == 0:
		session = p.session
	}
	hello := build(h, p.client.State().ClientVerifyData, session)
	p.framer.expect(s.Shapes, false)
	if h.Injected {
		return p.written(p.client.Send(legacyclient.Record{Type: wire.TypeHandshake, Payload: hello.Raw, InClear: true}))
	}
	p.hand, p.asked = hand{under: true}, 0
	p.result.Outcome = Outcome{}
	return p.written(p.client.BeginWith(p.inParts(s), hello, session))
}

// inParts has the data that came between the parts of a hello sent there.
func (p *player) inParts(s *Step) legacyclient.Hello {
	h := legacyclient.Hello{Kind: kinds[s.Hello.Kind]}
	for _, shape := range s.Shapes[:s.Hello.Begun] {
		h.Cut += max(0, shape.Content)
	}
	if h.Cut > 0 {
		h.Between = func() error {
			for i := range s.Hello.Between {
				if err := p.sendData(&s.Hello.Between[i]); err != nil {
					return err
				}
			}
			p.framer.expect(s.Shapes[s.Hello.Begun:], false)
			return nil
		}
	}
	return h
}
