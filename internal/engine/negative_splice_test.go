package engine_test

import (
	"bytes"
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// In the tests of this file the conversation is an attacker's: what the client
// says before is the prefix, the hello inside is a victim's first one.

// prefixed is an attacker's connection whose request is half written.
func prefixed(t *testing.T, p profile, s *server) *conversation {
	t.Helper()
	c := establishedWith(t, p, s)
	c.Client(data("GET /steal HTTP/1.1\r\nX: "))
	return c
}

// noVictim wants nothing of a victim in the stream.
func (c *conversation) noVictim() {
	c.t.Helper()
	if got := c.data[0]; got != "as it begins"+"GET /steal HTTP/1.1\r\nX: " || len(c.data) > 1 {
		c.t.Errorf("the streams are %q", c.data)
	}
}

func TestNegative01SpliceWithALenientVictim(t *testing.T) {
	for _, p := range versions {
		c := prefixed(t, p, p.server(t))
		c.Client(hello().SCSV())
		c.Ends(wire.AlertHandshakeFailure, "reneg-reset-hello")
		c.Silence()
		c.noVictim()
	}
}

func TestNegative02SpliceOfAVictimWithAValidSession(t *testing.T) {
	for _, p := range versions {
		s := p.server(t)
		victim := establishedWith(t, p, s).peer.session
		c := prefixed(t, p, s)
		c.Client(hello().SCSV().Session(victim))
		c.Ends(wire.AlertHandshakeFailure, "reneg-reset-hello")
		c.Silence()
		c.noVictim()

		again := converseWith(t, p, s)
		again.handshake(hello().SCSV().Session(victim))
		if !again.conn.State().Resumed {
			t.Error("the splice logged the victim out")
		}
		again.Echoes("still served")
	}
}

func TestNegative03TheConnectionsSessionWrittenIntoAVictimsHello(t *testing.T) {
	for _, p := range versions {
		s := p.server(t)
		victim := establishedWith(t, p, s).peer.session
		c := prefixed(t, p, s)
		spliced := hello().SCSV().SessionInUse()
		spliced.offered = hello().Session(victim).offered // the victim knows its own secret, not this connection's
		c.Client(spliced)
		if c.conn.MaySend() || c.says("for the prefix") != 0 {
			t.Error("data is sent after our Finished")
		}
		c.Client(changeCipherSpec(), finished())
		c.ended(wire.AlertBadRecordMAC, "record-mac")
		c.noVictim()
		if bytes.Contains(c.output, []byte("for the prefix")) || c.conn.State().Epoch != 0 {
			t.Error("the handshake had an effect")
		}
	}
}

func TestNegative04ReplayOfAResetHello(t *testing.T) {
	for _, p := range versions {
		s := p.server(t)
		a := establishedWith(t, p, s)
		b := converseWith(t, p, s)
		b.handshake(hello().SCSV().Session(a.peer.session))

		m := a.said(hello().SCSV().SessionInUse())
		a.Client(sealed(wire.TypeHandshake, m))
		a.heard = nil
		a.Client(changeCipherSpec())
		theirs := finishedMessage(a)

		// b replays both, and even has the keys: only the server's random differs.
		b.said(hello().SCSV().SessionInUse())
		b.peer.handshake.hello, _ = wire.ParseClientHello(m)
		b.peer.handshake.transcript.Write(nil)
		b.t = mute{t}
		b.Client(sealed(wire.TypeHandshake, m))
		b.t = t
		b.heard = nil
		b.Client(changeCipherSpec(), sealed(wire.TypeHandshake, theirs))
		b.ended(wire.AlertDecryptError, "reneg-reset-hello")
	}
}

// mute lets a client go on that cannot verify the server's Finished.
type mute struct{ testing.TB }

func (mute) Error(...any) {}

func TestNegative05ResetHelloThatNoFoundingClientSends(t *testing.T) {
	silent := converse(t, tls12)
	silent.handshake(hello())
	silent.Client(hello().SCSV().SessionInUse())
	silent.Ends(wire.AlertHandshakeFailure, "reneg-forged-hello")
	silent.Silence()

	modern := established(t, tls12)
	modern.Client(hello().SCSV().SessionInUse().With(wire.SupportedVersionsExtension([]wire.Version{wire.VersionTLS13, wire.VersionTLS12})))
	modern.Ends(wire.AlertHandshakeFailure, "reneg-forged-hello")
	modern.Silence()
}

func TestNegative06RenegotiationInfoThatDoesNotMatch(t *testing.T) {
	for name, forge := range map[string]func(client, server []byte) *helloLine{
		"first half":      func(client, _ []byte) *helloLine { return hello().Info(client[:6]) },
		"both values":     func(client, server []byte) *helloLine { return hello().Info(append(bytes.Clone(client), server...)) },
		"the server's":    func(_, server []byte) *helloLine { return hello().Info(server) },
		"empty":           func(_, _ []byte) *helloLine { return hello().Info(nil) },
		"zeros":           func(_, _ []byte) *helloLine { return hello().Info(make([]byte, 12)) },
		"one byte more":   func(client, _ []byte) *helloLine { return hello().Info(append(bytes.Clone(client), 0)) },
		"right plus SCSV": func(client, _ []byte) *helloLine { return hello().Info(client).SCSV() },
		"malformed": func(client, _ []byte) *helloLine {
			return hello().With(wire.Extension{Type: wire.ExtensionRenegotiationInfo, Data: client})
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, resumes := range []bool{false, true} {
				for _, answer := range []renego.Answer{renego.AnswerDefault, renego.AnswerAccept, renego.AnswerRefuse, renego.AnswerTrust, renego.AnswerIsolate} {
					c := established(t, tls12)
					c.server.answer = answer
					h := forge(c.peer.clientVerify, c.peer.serverVerify)
					if resumes {
						h = h.SessionInUse()
					}
					c.Client(h)
					c.Ends(wire.AlertHandshakeFailure, "reneg-forged-hello")
					c.Silence()
				}
			}
		})
	}
}

func TestNegative07RenegotiationInfoWhereAStreamBegins(t *testing.T) {
	first := converse(t, tls12)
	first.Client(hello().Info([]byte("verify_data!")))
	first.Ends(wire.AlertHandshakeFailure, "reneg-forged-hello")
	first.Silence()

	aborted := established(t, tls12)
	aborted.Client(injected(hello().Proper()))
	aborted.Ends(wire.AlertBadRecordMAC, "reneg-restart-hello")
	aborted.Silence()

	isolated := established(t, tls12)
	isolated.server.answer = renego.AnswerIsolate
	isolated.Client(inClear(hello().Proper()))
	isolated.ended(wire.AlertHandshakeFailure, "reneg-forged-hello")
	if isolated.conn.Complete() {
		t.Error("a stream began")
	}
}

// Negative 17, the parts that an engine can see.
func TestNegative17IdentityAppearsAfterAnAbbreviatedHandshake(t *testing.T) {
	asks := tls12.with(func(s *handshake.Settings) { s.ClientAuth = handshake.ClientAuthRequest })
	for _, p := range []profile{asks, asks.withEMS()} {
		c := established(t, p)
		c.handshake(hello().SCSV().SessionInUse())
		c.peer.key = newClientKey(t, ecdsaKey())
		c.Client(hello().Proper())
		c.Client(c.flight()...)
		if p.ems {
			if c.err != nil || len(c.conn.State().ClientChain) != 1 {
				t.Errorf("with Extended Master Secret it may appear: %v", c.err)
			}
			continue
		}
		c.Ends(wire.AlertHandshakeFailure, "reneg-identity-changed")
		if len(c.conn.State().ClientChain) > 0 || bytes.Contains([]byte(spoken(c.told(trace.HandshakeDone))), []byte("/2 ")) {
			t.Error("an identity appeared")
		}
	}
	c := established(t, asks)
	c.peer.key = newClientKey(t, ecdsaKey())
	c.handshake(hello().Proper())
	if len(c.conn.State().ClientChain) != 1 {
		t.Error("after a full handshake it may appear")
	}
}

func TestNegative17OneIdentityBecomesAnother(t *testing.T) {
	asks := tls12.with(func(s *handshake.Settings) { s.ClientAuth = handshake.ClientAuthRequest })
	for _, next := range []clientKey{newClientKey(t, otherKey()), {}} {
		c := converse(t, asks)
		c.peer.key = newClientKey(t, ecdsaKey())
		c.handshake(hello().SCSV())
		was := c.conn.State()
		c.peer.key = next
		c.Client(hello().Proper())
		c.Client(c.flight()...)
		c.Ends(wire.AlertHandshakeFailure, "reneg-identity-changed")
		if c.conn.State() != was {
			t.Error("the identity in use changed")
		}
	}
	// With permission the application is asked, and told what it would agree to.
	c := converse(t, asks.with(func(s *handshake.Settings) { s.Policy.IdentityChange = renego.IdentityMayChange }))
	c.peer.key = newClientKey(t, ecdsaKey())
	c.handshake(hello().SCSV())
	var change renego.Change
	c.server.verify = func(q handshake.VerifyQuestion) error { change = q.Change; return nil }
	c.peer.key = newClientKey(t, otherKey())
	c.handshake(hello().Proper())
	if change != renego.ChangeExchange {
		t.Errorf("the application is told of change %d", change)
	}
}

func TestNegative17AnothersSessionInsideAConnection(t *testing.T) {
	asks := tls12.with(func(s *handshake.Settings) { s.ClientAuth = handshake.ClientAuthRequest })
	s := asks.server(t)
	b := converseWith(t, asks, s)
	b.peer.key = newClientKey(t, otherKey())
	b.handshake(hello().SCSV())

	a := converseWith(t, asks, s)
	a.peer.key = newClientKey(t, ecdsaKey())
	a.handshake(hello().SCSV())
	a.Client(hello().Proper().Session(b.peer.session))
	a.Server("ServerHello", "Certificate", "ServerKeyExchange", "CertificateRequest", "ServerHelloDone")
	a.peer.handshake.offered = b.peer.session.master
	a.Client(a.flight()...)
	if a.err != nil || !bytes.Equal(a.conn.State().ClientChain[0], a.peer.key.chain[0]) {
		t.Errorf("it became another's: %v", a.err)
	}
}

func TestNegative17WhatMayNotGoOrChange(t *testing.T) {
	p := tls12.withEMS().named("a.test")
	drops := established(t, p)
	drops.Client(hello().Proper().Without(wire.ExtensionExtendedMasterSecret))
	drops.Ends(wire.AlertHandshakeFailure, "reneg-secure-hello")
	drops.Silence()

	renames := established(t, p)
	renames.Client(hello().Proper().Without(wire.ExtensionServerName).With(wire.ServerNameExtension("b.test")))
	renames.Ends(wire.AlertHandshakeFailure, "reneg-identity-changed")
	renames.Silence()

	omits := established(t, p)
	omits.handshake(hello().Proper().Without(wire.ExtensionServerName))
	if omits.conn.State().ServerName != "a.test" {
		t.Error("the stream lost its name")
	}
	if omits.conn.Phase() != engine.PhaseOpen {
		t.Error(omits.conn.Phase())
	}
}
