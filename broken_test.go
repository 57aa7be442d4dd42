package parley_test

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

var errOneWay = errors.New("nothing goes out any more")

// A oneWay connection can break in one direction.
type oneWay struct {
	net.Conn
	broken atomic.Bool
}

func (c *oneWay) Write(b []byte) (int, error) {
	if c.broken.Load() {
		return 0, errOneWay
	}
	return c.Conn.Write(b)
}

// Who reads learns at once that an answer to the client could not be sent, though
// the socket has nothing to read.
func TestAnAnswerThatCannotBeSentEndsReading(t *testing.T) {
	ours, theirs := net.Pipe()
	inner := &oneWay{Conn: theirs}
	s := parley.Server(inner, server())
	defer s.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := s.Read(make([]byte, 1))
		ended <- err
	}()
	c := legacyclient.New(ours, legacyclient.Options{})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := c.Begin(legacyclient.Hello{Kind: legacyclient.HelloProper}); err != nil {
		t.Fatal(err)
	}
	var client sync.WaitGroup
	client.Go(func() {
		_ = c.FinishWith(func(p legacyclient.Point) error {
			inner.broken.Store(p >= legacyclient.PointKeyExchange) // our flight is sent, our Finished is not
			return nil
		})
	})
	defer client.Wait()
	defer ours.Close()
	if err := <-ended; !errors.Is(err, errOneWay) {
		t.Errorf("reading ended with %v", err)
	}
}
