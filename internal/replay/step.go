package replay

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
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
	hello := p.named(build(h, p.client.State().ClientVerifyData, session))
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

// named puts the server's name into a hello where another is wanted than its own.
func (p *player) named(hello *wire.ClientHello) *wire.ClientHello {
	if p.o.ServerName != "" && !hello.SSL2Format {
		e := wire.ServerNameExtension(p.o.ServerName)
		if _, present := hello.Extension(e.Type); !present {
			hello.Extensions = append([]wire.Extension{e}, hello.Extensions...)
			hello.HasExtensions = true
		}
		legacyclient.SetExtension(hello, e)
	}
	hello.Raw = hello.Marshal()
	return hello
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

func (p *player) sendData(s *Step) error {
	if p.o.NoData {
		return nil
	}
	data := s.Data
	if len(data) == 0 {
		data = filler(int(s.Bytes))
	}
	p.framer.expect(s.Shapes, false)
	for _, shape := range s.Shapes {
		n := min(max(0, shape.Content), len(data), wire.MaxPlaintext)
		if err := p.client.WriteRecord(wire.TypeApplicationData, data[:n]); err != nil {
			return p.written(err)
		}
		data = data[n:]
	}
	return nil
}

// sendDamaged sends records whose protection is spoiled.
func (p *player) sendDamaged(s *Step) error {
	p.framer.expect(s.Shapes, false)
	for _, shape := range s.Shapes {
		n := min(max(0, shape.Content), wire.MaxPlaintext)
		err := p.client.Send(legacyclient.Record{Type: s.Type, Payload: make([]byte, n), BadMAC: true})
		if err != nil {
			return p.written(err)
		}
	}
	return nil
}

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

// filler is text in place of data that nobody here may know.
func filler(n int) []byte {
	const line = "filler sent by parley replay in place of captured data\n"
	b := make([]byte, 0, n+len(line))
	for len(b) < n {
		b = append(b, line...)
	}
	return b[:n]
}

// awaitData waits for as many bytes as the server had sent in the capture.
func (p *player) awaitData(total int64) error {
	if p.o.NoData || p.late {
		return nil
	}
	if err := p.settle(); err != nil {
		return err
	}
	for p.got < total {
		if err := p.read(); err != nil {
			if isTimeout(err) {
				p.late = true
				p.remark("the server sent %d of the %d bytes that it had sent here in the capture; they are waited for no longer", p.got, total)
				return p.ctx.Err()
			}
			return err
		}
	}
	return nil
}

// settle ends a handshake whose last message is still to be received.
func (p *player) settle() error {
	if p.under && p.finished {
		return p.confirm()
	}
	return nil
}

func (p *player) read() error {
	if p.under {
		return os.ErrDeadlineExceeded // in the middle of a handshake nothing else is read
	}
	var b [16 << 10]byte
	n, err := p.client.Read(b[:])
	p.got += int64(n)
	if errors.Is(err, legacyclient.ErrAsked) {
		p.asked++
		return nil
	}
	return err
}

func (p *player) awaitRequest() error {
	if err := p.settle(); err != nil {
		return err
	}
	for p.asked == 0 {
		if err := p.read(); err != nil {
			if isTimeout(err) {
				p.remark("the server does not ask for a renegotiation (HelloRequest), as the captured one did")
				return p.ctx.Err()
			}
			return err
		}
	}
	return nil
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
