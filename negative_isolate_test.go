package parley_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// Negative test 15: the application answers the prefix while the second hello is
// being answered, and after. Nothing of it reaches the new side, and what is done
// with the old Conn does nothing to the new one.
func TestNegative15AnswerToThePrefixDoesNotReachTheNewSide(t *testing.T) {
	for _, kind := range []legacyclient.HelloKind{legacyclient.HelloBare, legacyclient.HelloRestart} {
		for _, suite := range attackSuites {
			t.Run(fmt.Sprintf("%s/%s/%s", kind, suite.version, suite.suite), func(t *testing.T) {
				conns := make(chan *parley.Conn, 2)
				queued := make(chan error, 1)
				hook := func(context.Context, *parley.SecondHello) parley.Answer {
					old := <-conns
					go func() {
						_, err := old.Write([]byte("the answer to the prefix"))
						queued <- err
					}()
					inWrite(t, queued)
					conns <- old
					return parley.AnswerIsolate
				}
				s := newStageOf(t, func(s *stage, c *parley.Conn, stream *actedStream) {
					conns <- c
					s.readAll(c, stream)
				}, func(c *parley.Config) { c.Answer = hook })
				o := legacyclient.Options{NoSCSV: true, Version: suite.version, Suites: []wire.SuiteID{suite.suite}}
				c := s.client(t, o)
				if _, err := c.Write([]byte("the prefix")); err != nil {
					t.Fatal(err)
				}
				first := s.reads(t, 0, "the prefix")
				if err := c.Renegotiate(legacyclient.Hello{Kind: kind}); err != nil {
					t.Fatalf("the second half's handshake: %v", err)
				}
				second := s.stream(t, 1)
				old, next := <-conns, <-conns

				var err error
				within(t, "the old half's Write", func() { err = <-queued })
				if !errors.Is(err, parley.ErrIsolated) {
					t.Errorf("the Write that was queued gives %v", err)
				}
				if n, err := old.Write([]byte("another answer")); n != 0 || !errors.Is(err, parley.ErrIsolated) {
					t.Errorf("a Write after the split gives %d, %v", n, err)
				}
				if err := old.CloseWrite(); err == nil {
					t.Error("CloseWrite after the split does as if it had done something")
				}
				if err := old.SetDeadline(time.Now().Add(-time.Hour)); err != nil {
					t.Errorf("the old half's SetDeadline gives %v", err)
				}
				if err := old.Renegotiate(t.Context()); err == nil {
					t.Error("the old half renegotiates")
				}
				if err := old.Close(); err != nil {
					t.Errorf("the old half's Close gives %v", err)
				}
				if end := s.ended(t, first); !errors.Is(end, parley.ErrRestarted) {
					t.Errorf("the old half ended with %v", end)
				}

				// A client that took anything but the new side's data for its own would fail here.
				if _, err := next.Write([]byte("the new side's")); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, len("the new side's"))
				if _, err := io.ReadFull(c, got); err != nil || string(got) != "the new side's" {
					t.Errorf("the client reads %q, %v", got, err)
				}
				if _, err := c.Write([]byte("the client's")); err != nil {
					t.Fatal(err)
				}
				s.reads(t, 1, "the client's")
				if a, b := first.text(), second.text(); a != "the prefix" || b != "the client's" {
					t.Errorf("the streams are %q and %q", a, b)
				}
				_ = next.Close()
			})
		}
	}
}

// Negative test 16: under isolate a bare hello means that the client begins its
// protocol again. What follows the hello at once, or cuts into it, is the middle
// of something, and must not become a beginning.
func TestNegative16BareHelloWithSomethingBehindItIsNotIsolated(t *testing.T) {
	bare := legacyclient.Hello{Kind: legacyclient.HelloBare}
	behind := func(c *legacyclient.Client) error { _, err := c.Write([]byte("behind")); return err }
	for name, send := range map[string]func(c *legacyclient.Client) error{
		"data in the same segment": func(c *legacyclient.Client) error {
			c.Cork()
			return errors.Join(c.Begin(bare), behind(c), c.Uncork())
		},
		"half a record in the same segment": func(c *legacyclient.Client) error {
			c.Cork()
			return errors.Join(c.Begin(bare), c.WriteRaw([]byte{byte(wire.TypeApplicationData), 3}), c.Uncork())
		},
		"half a message in the same record": func(c *legacyclient.Client) error {
			hello := c.Hello(bare).Raw
			return c.WriteRecord(wire.TypeHandshake, append(hello, byte(wire.MessageClientKeyExchange), 0))
		},
		"data while the new side's handshake is under way": func(c *legacyclient.Client) error {
			return errors.Join(c.Begin(bare), c.ReceiveServerHello(), behind(c))
		},
	} {
		for _, suite := range attackSuites {
			t.Run(fmt.Sprintf("%s/%s/%s", name, suite.version, suite.suite), func(t *testing.T) {
				s := newStage(t, isolating)
				c, stream := s.open(t, legacyclient.Options{NoSCSV: true, Version: suite.version, Suites: []wire.SuiteID{suite.suite}}, "before")
				if err := send(c); err != nil {
					t.Fatal(err)
				}
				if _, ok := legacyclient.AlertOf(c.AwaitEnd()); !ok {
					t.Error("the client was told nothing")
				}
				if end := s.ended(t, stream); !cut(end) || !isFinding(end, "reneg-bare-hello") {
					t.Errorf("the old stream ended with %v", end)
				}
				s.closed(t)
				if s.accepted() != 1 || stream.text() != "before" {
					t.Errorf("there are %d streams, the first is %q", s.accepted(), stream.text())
				}
			})
		}
	}
}
