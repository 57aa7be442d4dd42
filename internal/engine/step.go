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
	c.now = now
	if c.ended != nil {
		return c.ended
	}
	if err := c.reply(r); err != nil {
		return err
	}
	return c.goOn()
}

// goOn takes the messages that waited behind the one that was answered.
func (c *Conn) goOn() error {
	if err := c.messages(c.version, false); err != nil {
		return err
	}
	if c.splitWaiting {
		c.splitWaiting = false
		return ErrSplit
	}
	return nil
}

func (c *Conn) reply(r Reply) error {
	if c.second != nil && c.second.asks {
		a, ok := r.(AnswerReply)
		if !ok {
			return fmt.Errorf("engine: %T is no answer to a second hello", r)
		}
		return c.answer(a)
	}
	answer, ok := r.(handshake.Reply)
	if !ok || c.handshake == nil {
		return fmt.Errorf("engine: %T answers no question", r)
	}
	switch a := answer.(type) {
	case handshake.ConfigReply:
		if a.HandOver && a.Err == nil {
			return c.handOver()
		}
		c.consumed = nil
	case handshake.VerifyReply:
		answer = c.held(a)
	}
	return c.step(c.handshake.Reply(answer))
}

// handOver gives the connection to another engine, which only a first hello may
// bring about.
func (c *Conn) handOver() error {
	if c.phase != PhaseOpening {
		return c.fail(&wire.Fault{Alert: wire.AlertInternalError, Reason: "only a connection's first hello can be handed over"})
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
	return renego.Continuity(c.settings.Policy.IdentityChange, next.Terms, identity(c.state.Outcome), identity(next))
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
func (c *Conn) step(err error) error {
	if err != nil {
		return c.fail(asFault(err))
	}
	if err := c.settleVersion(c.handshake.Version()); err != nil {
		return err
	}
	for _, item := range c.handshake.Flight() {
		if err := c.sendItem(item); err != nil {
			return c.fail(asFault(err))
		}
	}
	if o := c.handshake.Done(); o != nil {
		c.done(o)
	}
	return nil
}

// settleVersion learns the version once it is negotiated. A stream that begins
// under the keys in use must also speak their version.
func (c *Conn) settleVersion(v wire.Version) error {
	switch {
	case v == 0 || v == c.version:
		return nil
	case c.version != 0:
		return c.fail(&wire.Fault{Alert: wire.AlertProtocolVersion, Finding: "reneg-version-changed", Reason: fmt.Sprintf("the handshake leads from %s to %s on one connection", c.version, v)})
	}
	c.version = v
	c.sealer = record.PlainSealer(v)
	return nil
}

func (c *Conn) sendItem(item handshake.Item) error {
	if !item.ChangeCipherSpec {
		c.emit(trace.Event{Name: trace.Message, From: trace.Server, Detail: trace.MessageDetail{Type: item.Message.Type(), Length: len(item.Message)}})
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
	c.sealer = sealer
	c.emit(trace.Event{Name: trace.Keys, From: trace.Server, Detail: trace.KeysDetail{Version: v, Suite: s, SuiteID: s.ID}})
	return nil
}

// done is the one point where binding, session, identity and the right to write
// change, together.
func (c *Conn) done(o *handshake.Outcome) {
	next := &State{Stream: c.streams, Handshake: c.handshakes, Outcome: o, TLSUnique: tlsUnique(o)}
	if c.state != nil {
		next.Epoch = c.state.Epoch + 1
	}
	if c.second != nil {
		next.Kind = c.second.verdict.Kind
	}
	if c.settings == nil { // a stream begins; later they may have changed under it
		c.settings = c.handshake.Settings()
	}
	c.certificate = c.handshake.Certificate()
	c.state, c.stored, c.complete = next, o.Stored, true
	c.tellCrossed()
	c.emit(trace.Event{Name: trace.HandshakeDone, From: trace.Client, Detail: trace.HandshakeDetail{
		Version: o.Version, Suite: o.Suite, SuiteID: o.Suite.ID, Group: o.Group, ServerName: o.ServerName, ALPN: o.ALPN,
		Terms: o.Terms, Resumed: o.Resumed, ExtendedMasterSecret: o.ExtendedMasterSecret,
		ClientCertificate: len(o.ClientChain) > 0, SecureRenegotiation: o.SecureRenegotiation,
	}})
	c.release()
}

func (c *Conn) tellCrossed() {
	if c.crossed.FromClient > 0 {
		c.emit(trace.Event{Name: trace.Crossed, From: trace.Client, Finding: "reneg-data-crossed", Detail: c.crossed})
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
