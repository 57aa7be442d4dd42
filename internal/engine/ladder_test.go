package engine_test

import (
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/wire"
)

var versions = []profile{tls10, tls11, tls12, tls12.withEMS(), tls12.withTickets(), tls10.withTickets(), {version: wire.VersionTLS12, suite: wire.TLS_RSA_WITH_AES_128_CBC_SHA}}

func TestAFirstHandshake(t *testing.T) {
	for _, p := range versions {
		c := converse(t, p)
		c.Client(hello().SCSV())
		if p.suite == wire.TLS_RSA_WITH_AES_128_CBC_SHA {
			c.Server("ServerHello", "Certificate", "ServerHelloDone")
		} else {
			c.Server("ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone")
		}
		c.info([]byte{})
		if c.conn.Phase() != engine.PhaseOpening || c.conn.MaySend() || c.conn.Complete() {
			t.Errorf("phase %s", c.conn.Phase())
		}
		c.Client(clientKeyExchange(), changeCipherSpec(), finished())
		if p.tickets {
			c.Server("NewSessionTicket", "change_cipher_spec", "Finished")
		} else {
			c.Server("change_cipher_spec", "Finished")
		}
		c.Echoes("a stream begins")
	}
}

// The founding case: what no other server answers.
func TestResetHelloIsBoundBySession(t *testing.T) {
	for _, p := range versions {
		c := established(t, p)
		for range 5 {
			both := c.both()
			c.Client(hello().SCSV().SessionInUse())
			c.Server("ServerHello", "change_cipher_spec", "Finished")
			c.info(both)
			c.Client(changeCipherSpec(), finished())
			c.Silence()
			c.Echoes("the stream goes on")
		}
		if c.kindTold() != "reset" || c.conn.State().Terms.String() != "bound" || c.conn.State().Epoch != 5 {
			t.Errorf("%s hello, terms %s, epoch %d", c.kindTold(), c.conn.State().Terms, c.conn.State().Epoch)
		}
	}
}

func TestSecureHelloIsAccepted(t *testing.T) {
	for _, p := range versions {
		c := established(t, p)
		for i := range 5 {
			both := c.both()
			next := hello().Proper()
			if i%2 == 1 {
				next = next.SessionInUse()
			}
			c.handshake(next)
			c.info(both)
			c.Echoes("the stream goes on")
			if resumed := c.conn.State().Resumed; resumed != (i%2 == 1) {
				t.Errorf("renegotiation %d: resumed %v", i, resumed)
			}
		}
	}
}
