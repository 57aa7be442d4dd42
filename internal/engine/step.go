package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Reply answers the Question. Its error is as Receive's.
func (c *Conn) Reply(now time.Duration, r Reply) error {
	if c.ended != nil {
		return c.ended
	}
	if err := c.reply(now, r); err != nil {
		return err
	}
	if err := c.messages(now, c.version, false); err != nil {
		return err
	}
	if c.splitWaiting {
		c.splitWaiting = false
		return ErrSplit
	}
	return nil
}

func (c *Conn) reply(now time.Duration, r Reply) error {
	if c.second != nil && c.second.asks {
		a, ok := r.(AnswerReply)
		if !ok {
			return fmt.Errorf("engine: %T is no answer to a second hello", r)
		}
		return c.answer(now, a)
	}
	answer, ok := r.(handshake.Reply)
	if !ok || c.handshake == nil {
		return fmt.Errorf("engine: %T answers no question", r)
	}
	switch a := answer.(type) {
	case handshake.ConfigReply:
		if a.HandOver && a.Err == nil {
			return c.handOver(now)
		}
		c.consumed = nil
	case handshake.VerifyReply:
		answer = c.held(a)
	}
	return c.step(now, c.handshake.Reply(answer))
}

// handOver gives the connection to another engine, which only a first hello may
// bring about.
func (c *Conn) handOver(now time.Duration) error {
	if c.phase != PhaseOpening {
		return c.fail(now, &wire.Fault{Alert: wire.AlertInternalError, Reason: "only a connection's first hello can be handed over"})
	}
	c.phase, c.handshake = PhaseHandedOver, nil
	return nil
}

// held adds to the outside's word on a client what the connection's identity
// demands.
func (c *Conn) held(r handshake.VerifyReply) handshake.VerifyReply {
	verify, ok := c.handshake.Question().(handshake.VerifyQuestion)
	if !ok || r.Err != nil {
		return r
	}
	if _, reason := c.continuity(verify.Outcome); reason != "" {
		r.Err = &wire.Fault{Alert: wire.AlertHandshakeFailure, Finding: "reneg-identity-changed", Reason: reason}
	}
	return r
}

// continuity compares the identity in use with the one that a handshake brings.
func (c *Conn) continuity(next *handshake.Outcome) (renego.Change, string) {
	if c.state == nil || next.Terms.Rule().Stream != renego.StreamGoesOn {
		return renego.ChangeNone, ""
	}
	return renego.Continuity(c.settings.Policy.IdentityChange, identity(c.state.Outcome), identity(next))
}

func identity(o *handshake.Outcome) renego.Identity {
	id := renego.Identity{Full: !o.Resumed, ExtendedMasterSecret: o.ExtendedMasterSecret}
	if len(o.ClientChain) > 0 {
		id.Leaf = o.ClientChain[0]
	}
	return id
}

// step goes on after the handshake took something: it sends what is due, and
// ends the handshake when it is done.
func (c *Conn) step(now time.Duration, err error) error {
	if err != nil {
		return c.fail(now, asFault(err))
	}
	if v := c.handshake.Version(); v != 0 && c.version == 0 {
		c.version = v
		c.sealer = record.PlainSealer(v)
	}
	for _, item := range c.handshake.Flight() {
		if err := c.sendItem(now, item); err != nil {
			return c.fail(now, asFault(err))
		}
	}
	if o := c.handshake.Done(); o != nil {
		c.done(now, o)
	}
	return nil
}

func (c *Conn) sendItem(now time.Duration, item handshake.Item) error {
	if !item.ChangeCipherSpec {
		c.emit(now, trace.Event{Name: trace.Message, From: trace.Server, Detail: trace.MessageDetail{Type: item.Message.Type(), Length: len(item.Message)}})
		return c.seal(wire.TypeHandshake, item.Message)
	}
	if err := c.seal(wire.TypeChangeCipherSpec, []byte{1}); err != nil {
		return err
	}
	v, s, block := c.handshake.Keys()
	sealer, err := record.NewSealer(v, s, block.ServerMAC, block.ServerKey, block.ServerIV)
	if err != nil {
		return err
	}
	sealer.SetRandom(c.options.Rand)
	c.sealer, c.sealed = sealer, true
	c.emit(now, trace.Event{Name: trace.Keys, From: trace.Server, Detail: trace.KeysDetail{Version: v, Suite: s}})
	return nil
}

// done is the one point where binding, session, identity and the right to write
// change, together.
func (c *Conn) done(now time.Duration, o *handshake.Outcome) {
	next := &State{Stream: c.streams, Handshake: c.handshakes, Outcome: o, TLSUnique: tlsUnique(o)}
	if c.state != nil {
		next.Epoch = c.state.Epoch + 1
	}
	if c.second != nil {
		next.Kind = c.second.verdict.Kind
	}
	c.settings, c.certificate = c.handshake.Settings(), c.handshake.Certificate()
	c.state, c.stored, c.complete = next, o.Stored, true
	c.tellCrossed(now)
	c.emit(now, trace.Event{Name: trace.HandshakeDone, From: trace.Client, Detail: trace.HandshakeDetail{
		Version: o.Version, Suite: o.Suite, Group: o.Group, ServerName: o.ServerName, ALPN: o.ALPN,
		Terms: o.Terms, Resumed: o.Resumed, ExtendedMasterSecret: o.ExtendedMasterSecret,
		ClientCertificate: len(o.ClientChain) > 0, SecureRenegotiation: o.SecureRenegotiation,
	}})
	c.release(now)
}

func (c *Conn) tellCrossed(now time.Duration) {
	if c.crossed.FromClient > 0 {
		c.emit(now, trace.Event{Name: trace.Crossed, From: trace.Client, Finding: "reneg-data-crossed", Detail: c.crossed})
	}
	c.crossed = trace.DataDetail{}
}

// tlsUnique is the first Finished of the handshake (RFC 5929, section 3.1),
// where it is unique: RFC 7627 section 5.4 takes that from resumptions without
// Extended Master Secret.
func tlsUnique(o *handshake.Outcome) []byte {
	switch {
	case !o.Resumed:
		return o.ClientVerifyData
	case o.ExtendedMasterSecret:
		return o.ServerVerifyData
	}
	return nil
}

// Export is RFC 5705's exporter, which RFC 7627, section 5.4 leaves only to
// sessions with Extended Master Secret.
func (c *Conn) Export(label string, context []byte, n int) ([]byte, error) {
	if c.state == nil {
		return nil, errors.New("engine: nothing to export before the handshake is done")
	}
	o := c.state.Outcome
	if !o.ExtendedMasterSecret {
		return nil, errors.New("engine: the client did not negotiate extended_master_secret, without which keying material can be made to agree with another connection's")
	}
	return keys.ExportKeyingMaterial(o.Version, o.Suite, o.Master, &o.ClientRandom, &o.ServerRandom, label, context, n)
}

// Wake says when Tick has something to do next.
func (c *Conn) Wake() (at time.Duration, ok bool) {
	sooner := func(t time.Duration) {
		if !ok || t < at {
			at, ok = t, true
		}
	}
	if c.ended != nil {
		return 0, false
	}
	switch c.phase {
	case PhaseOpening, PhaseSplitting:
		sooner(c.begun + c.options.HandshakeTimeout)
	case PhaseRenegotiating:
		sooner(c.begun + c.options.RenegotiateTimeout)
	case PhaseAsked:
		sooner(c.askedAt + askedFor)
	}
	if c.refusedAt != 0 {
		sooner(c.refusedAt + refusedFor)
	}
	if c.second != nil && c.second.until > 0 {
		sooner(c.second.until)
	}
	return at, ok
}

// Tick does what is due. Its error is as Receive's.
func (c *Conn) Tick(now time.Duration) error {
	at, ok := c.Wake()
	if !ok || now < at {
		return c.ended
	}
	switch {
	case c.phase == PhaseOpening && now >= c.begun+c.options.HandshakeTimeout,
		c.phase == PhaseSplitting && now >= c.begun+c.options.HandshakeTimeout:
		return c.timedOut(now, "the handshake")
	case c.phase == PhaseRenegotiating && now >= c.begun+c.options.RenegotiateTimeout:
		return c.timedOut(now, "the renegotiation")
	case c.second != nil && c.second.until > 0 && now >= c.second.until:
		return c.pointsAgain(now)
	case c.phase == PhaseAsked && now >= c.askedAt+askedFor:
		c.giveUpAsking(now)
	case c.refusedAt != 0 && now >= c.refusedAt+refusedFor:
		return c.fail(now, &wire.Fault{Alert: wire.AlertHandshakeFailure, Finding: "reneg-refused", Reason: "the client sent nothing for 30 s after its renegotiation was refused"})
	}
	return nil
}

// pointsAgain takes up a hello that waited for its ration.
func (c *Conn) pointsAgain(now time.Duration) error {
	c.second.until = 0
	if err := c.decide(now, c.second.decision); err != nil {
		return err
	}
	if err := c.messages(now, c.version, false); err != nil {
		return err
	}
	if c.splitWaiting {
		c.splitWaiting = false
		return ErrSplit
	}
	return nil
}

func (c *Conn) timedOut(now time.Duration, what string) error {
	f := &wire.Fault{Alert: wire.AlertHandshakeFailure, Finding: "handshake-timeout", Reason: what + " was not done in time"}
	if c.second != nil && c.second.until > 0 {
		f.Finding, f.Reason = "reneg-ration", "the client renegotiates more than its ration allows"
	}
	if c.handshake != nil {
		f.Reason += ": it awaited " + c.handshake.String()
	}
	return c.fail(now, f)
}
