package parley_test

import (
	"net"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

// Nothing but time passes between such a hello and its answer: no byte comes, and
// nobody writes.
func TestHelloThatWaitedForItsRationIsAnswered(t *testing.T) {
	l := listen(t, server(func(c *parley.Config) {
		c.Policy.Ration = parley.Ration{Connection: 1, ConnectionPerSecond: 200}
	}))
	serveEcho(t, l)
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := legacyclient.New(conn, legacyclient.Options{Timeout: 20 * time.Second})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := misbehaviour(t, "reset").Run(c); err != nil {
			t.Fatal(err)
		}
	}
}
