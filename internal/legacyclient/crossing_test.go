package legacyclient

import (
	"errors"
	"net"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// A server that never stops sending data where its handshake is due is not listened
// to for ever.
func TestCrossingDataIsBounded(t *testing.T) {
	ours, theirs := net.Pipe()
	_ = theirs.Close()
	c := New(ours, Options{TakesData: true})
	data := Record{Type: wire.TypeApplicationData, Payload: []byte("x")}
	if _, err := c.takeInHandshake(data); err != nil || len(c.in.data) != 1 {
		t.Fatal(err)
	}
	c.in.data = make([]byte, mostCrossing)
	if _, err := c.takeInHandshake(data); !errors.Is(err, ErrCrossed) {
		t.Errorf("the error is %v", err)
	}
}
