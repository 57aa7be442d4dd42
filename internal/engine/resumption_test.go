package engine_test

import (
	"bytes"
	"testing"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/wire"
)

// A reset must work however the session came to be: measured, the founding
// client offers the session in use in any case.
func TestResetAfterEveryBeginning(t *testing.T) {
	off := tls12
	off.noIDs = true
	for name, p := range map[string]profile{"session ids": tls12, "tickets": tls12.withTickets(), "resumption off": off, "Extended Master Secret": tls12.withEMS()} {
		for _, begins := range []string{"full", "resumed"} {
			t.Run(name+", "+begins, func(t *testing.T) {
				s := p.server(t)
				c := establishedWith(t, p, s)
				if begins == "resumed" {
					session := c.peer.session
					c = converseWith(t, p, s)
					c.peer.session = session
					c.handshake(hello().SCSV().SessionInUse())
					if resumed := c.conn.State().Resumed; resumed == p.noIDs {
						t.Fatalf("resumed: %v", resumed)
					}
				}
				for range 3 {
					c.handshake(hello().SCSV().SessionInUse())
					c.Echoes("and on")
				}
			})
		}
	}
}

// With resumption off the session belongs to the connection alone.
func TestWithResumptionOffNoSessionOutlivesItsConnection(t *testing.T) {
	p := tls12
	p.noIDs = true
	s := p.server(t)
	c := establishedWith(t, p, s)
	if len(s.sessions) > 0 || len(c.peer.session.id) != 32 {
		t.Errorf("%d sessions were stored, the id is %x", len(s.sessions), c.peer.session.id)
	}
	next := converseWith(t, p, s)
	next.handshake(hello().SCSV().Session(c.peer.session))
	if next.conn.State().Resumed {
		t.Error("resumed elsewhere")
	}
}

// After a full renegotiation the session in use is the new one; the old is no
// proof any more.
func TestOnlyTheLatestSessionIsInUse(t *testing.T) {
	for _, p := range []profile{tls12, tls12.withTickets()} {
		c := established(t, p)
		old := c.peer.session
		c.handshake(hello().Proper())
		c.Client(hello().SCSV().Session(old))
		c.Ends(wire.AlertHandshakeFailure, "reneg-reset-hello")
		c.Silence()
	}
}

// A renegotiation that fails takes nothing away: the session of the epoch in use
// is still good elsewhere.
func TestAFailedRenegotiationRemovesNoSession(t *testing.T) {
	s := tls12.server(t)
	c := establishedWith(t, tls12, s)
	session := c.peer.session
	c.Client(hello().SCSV().SessionInUse())
	c.heard = nil
	c.Client(changeCipherSpec(), wrongFinished())
	c.Ends(wire.AlertDecryptError, "reneg-reset-hello")
	next := converseWith(t, tls12, s)
	next.handshake(hello().SCSV().Session(session))
	if !next.conn.State().Resumed {
		t.Error("the session is gone")
	}
}

func TestASessionIsGivenOutOnceWhenItIsProved(t *testing.T) {
	c := converse(t, tls12)
	c.Client(hello())
	c.Client(clientKeyExchange(), changeCipherSpec())
	if len(c.server.sessions) > 0 {
		t.Error("a session before Finished")
	}
	c.heard = nil
	c.Client(finished())
	if len(c.server.sessions) != 1 || c.conn.Session() != nil {
		t.Errorf("%d sessions", len(c.server.sessions))
	}
}

func TestTLSUniqueIsGivenOnlyWhereItIsUnique(t *testing.T) {
	full := established(t, tls12)
	if !bytes.Equal(full.conn.State().TLSUnique, full.peer.clientVerify) {
		t.Error("full: not the client's Finished")
	}
	full.handshake(hello().SCSV().SessionInUse())
	if full.conn.State().TLSUnique != nil {
		t.Error("abbreviated without Extended Master Secret: not unique")
	}
	extended := established(t, tls12.withEMS())
	extended.handshake(hello().SCSV().SessionInUse())
	if !bytes.Equal(extended.conn.State().TLSUnique, extended.peer.serverVerify) {
		t.Error("abbreviated with it: not the server's Finished")
	}
}

func TestKeysAreExportedOnlyWithExtendedMasterSecret(t *testing.T) {
	c := converse(t, tls12.withEMS())
	if _, err := c.conn.Export("EXPORTER-test", nil, 32); err == nil {
		t.Error("before the handshake")
	}
	c.handshake(hello().SCSV())
	first, err := c.conn.Export("EXPORTER-test", nil, 32)
	if err != nil || len(first) != 32 {
		t.Error(err)
	}
	c.handshake(hello().Proper())
	if second, err := c.conn.Export("EXPORTER-test", nil, 32); err != nil || bytes.Equal(first, second) {
		t.Errorf("another epoch exports the same: %v", err)
	}
	if _, err := established(t, tls12).conn.Export("EXPORTER-test", nil, 32); err == nil {
		t.Error("without Extended Master Secret")
	}
}

func TestStateIsASnapshot(t *testing.T) {
	c := established(t, tls12)
	was := c.conn.State()
	before := *was
	c.handshake(hello().Proper())
	if was.Epoch != before.Epoch || was.Outcome != before.Outcome || was.Kind != before.Kind {
		t.Error("an epoch's state changed")
	}
	if c.conn.State() == was || c.conn.State().Epoch != 1 {
		t.Error("the new epoch has no state of its own")
	}
}

func TestRequiredClientCertificateIsAskedForEachTime(t *testing.T) {
	p := tls12.with(func(s *handshake.Settings) { s.ClientAuth = handshake.ClientAuthRequired })
	c := converse(t, p)
	c.peer.key = newClientKey(t, ecdsaKey())
	c.handshake(hello().SCSV())
	c.handshake(hello().Proper())
	c.handshake(hello().SCSV().SessionInUse())
	if len(c.conn.State().ClientChain) != 1 {
		t.Error("the certificate was lost")
	}
	c.peer.key = clientKey{}
	c.Client(hello().Proper())
	c.Client(certificateOf(clientKey{}))
	c.ended(wire.AlertHandshakeFailure, "client-cert-missing")
}
