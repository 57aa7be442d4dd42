package engine_test

import (
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/wire"
)

// wants has the stream's later handshakes ask for a client certificate.
func (c *conversation) wants(auth handshake.ClientAuth, names ...[]byte) {
	_ = c.do(func(conn *engine.Conn) error { conn.SetClientAuth(auth, names); return nil })
}

func TestACertificateIsAskedForInMidConnection(t *testing.T) {
	c := established(t, tls12)
	c.wants(handshake.ClientAuthRequired, []byte{0x30, 0})
	c.asks()
	c.peer.key = newClientKey(t, ecdsaKey())
	// It offers its session, and an abbreviated handshake could not ask.
	c.Client(hello().Proper().SessionInUse())
	c.Server("ServerHello", "Certificate", "ServerKeyExchange", "CertificateRequest", "ServerHelloDone")
	if names := c.peer.handshake.request.Authorities; len(names) != 1 {
		t.Errorf("%d names of authorities", len(names))
	}
	c.Client(c.flight()...)
	c.heard = nil
	c.Echoes("known now")
	if len(c.conn.State().ClientChain) != 1 {
		t.Error("and yet unknown")
	}
	// Once it is there it is resumed with the session.
	c.handshake(hello().Proper().SessionInUse())
	if s := c.conn.State(); !s.Resumed || len(s.ClientChain) != 1 {
		t.Errorf("resumed %v, %d certificates", s.Resumed, len(s.ClientChain))
	}
}

// A reset hello cannot be asked: it stays abbreviated, and nobody is known by it.
func TestAResetHelloIsNotAskedForACertificate(t *testing.T) {
	c := established(t, tls12)
	c.wants(handshake.ClientAuthRequest)
	c.Client(hello().SCSV().SessionInUse())
	c.Server("ServerHello", "change_cipher_spec", "Finished")
	c.goOnAbbreviated()
	c.Echoes("and on")
	if len(c.conn.State().ClientChain) > 0 {
		t.Error("a certificate out of nothing")
	}
}

func TestWhatIsWantedWhileAHandshakeRunsHoldsForTheNext(t *testing.T) {
	c := established(t, tls12)
	c.Client(hello().Proper())
	c.heard = nil
	c.wants(handshake.ClientAuthRequired)
	c.Client(c.flight()...)
	c.Server("change_cipher_spec", "Finished")
	c.Client(hello().Proper())
	c.Server("ServerHello", "Certificate", "ServerKeyExchange", "CertificateRequest", "ServerHelloDone")
	c.Client(certificateOf(clientKey{}))
	c.Ends(wire.AlertHandshakeFailure, "client-cert-missing")
}

func TestNothingIsWantedBeforeAStreamBegins(t *testing.T) {
	c := converse(t, tls12)
	c.wants(handshake.ClientAuthRequired)
	c.handshake(hello())
	if len(c.conn.State().ClientChain) > 0 {
		t.Error("a certificate out of nothing")
	}
}
