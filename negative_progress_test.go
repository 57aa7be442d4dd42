package parley_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// Negative test 19: an echo on one goroutine, with data and a hello in one
// segment, and data amid the handshake.
func TestNegative19EchoOnOneGoroutineIsNotLockedUp(t *testing.T) {
	s := newStage(t)
	for _, suite := range attackSuites {
		for _, kind := range []legacyclient.HelloKind{legacyclient.HelloReset, legacyclient.HelloProper} {
			for _, n := range []int{1, 16 << 10, 200 << 10} {
				t.Run(fmt.Sprintf("%s/%s/%s/%d bytes", suite.version, suite.suite, kind, n), func(t *testing.T) {
					o := legacyclient.Options{Version: suite.version, Suites: []wire.SuiteID{suite.suite}, TakesData: true}
					c, _ := s.open(t, o, fmt.Sprintf("echo %s %s %d", suite.suite, kind, n))
					before, amid := bytes.Repeat([]byte{'b'}, n), bytes.Repeat([]byte{'a'}, n)
					c.Cork()
					if _, err := c.Write(before); err != nil {
						t.Fatal(err)
					}
					if err := c.Begin(legacyclient.Hello{Kind: kind}); err != nil {
						t.Fatal(err)
					}
					sent := make(chan error, 1)
					go func() { sent <- c.Uncork() }()
					if err := c.FinishWith(func(p legacyclient.Point) error {
						if p != legacyclient.PointChangeCipherSpec {
							return nil
						}
						_, err := c.Write(amid)
						return err
					}); err != nil {
						t.Fatalf("the handshake: %v", err)
					}
					if err := <-sent; err != nil {
						t.Fatal(err)
					}
					got := make([]byte, 2*n)
					if m, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, append(before, amid...)) {
						t.Errorf("%d of %d bytes came back: %v", m, len(got), err)
					}
					_ = c.Close()
				})
			}
		}
	}
}

// wantEnd waits for the stream's end, which must have the finding.
func (s *stage) wantEnd(t *testing.T, finding string) {
	t.Helper()
	if end := s.ended(t, s.stream(t, 0)); !isFinding(end, finding) {
		t.Errorf("the stream ended with %v, want %s", end, finding)
	}
}

func impatient(c *parley.Config) { c.RenegotiateTimeout = 300 * time.Millisecond }

// Negative test 19: a hello that never ends.
func TestNegative19HelloThatNeverEndsHasANamedEnd(t *testing.T) {
	for name, send := range map[string]func(c *legacyclient.Client, hello wire.Message) error{
		"its first half": func(c *legacyclient.Client, hello wire.Message) error {
			return c.WriteRecordVersion(wire.TypeHandshake, wire.VersionTLS10, hello[:len(hello)/2])
		},
		"the head of its record": func(c *legacyclient.Client, hello wire.Message) error {
			return c.WriteRaw([]byte{byte(wire.TypeHandshake), 3, 1, 1, 0})
		},
		"its first byte": func(c *legacyclient.Client, hello wire.Message) error {
			return c.WriteRaw([]byte{byte(wire.TypeHandshake)})
		},
		"no answer to ours": func(c *legacyclient.Client, hello wire.Message) error {
			return c.WriteRecordVersion(wire.TypeHandshake, wire.VersionTLS10, hello)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, impatient)
			c, _ := s.open(t, legacyclient.Options{}, "before")
			if err := send(c, c.Hello(legacyclient.Hello{Kind: legacyclient.HelloReset}).Raw); err != nil {
				t.Fatal(err)
			}
			s.wantEnd(t, "handshake-timeout")
			_ = c.AwaitEnd()
		})
	}
}

// deaf is an application that reads once, and from then on only writes.
func deaf(a *answerer) func(*stage, *parley.Conn, *actedStream) {
	return func(s *stage, c *parley.Conn, stream *actedStream) {
		defer c.Close()
		buf := make([]byte, 100)
		n, err := c.Read(buf)
		s.note(stream, buf[:n], err)
		_, err = c.Write([]byte("the answer"))
		s.note(stream, nil, err)
		a.wrote <- err
	}
}

// begunWithData has the hello in the segment of the data that a deaf application
// reads, and the server's flight received.
func begunWithData(t *testing.T, s *stage) *legacyclient.Client {
	t.Helper()
	c := s.client(t, legacyclient.Options{TakesData: true})
	c.Cork()
	for i, step := range []func() error{
		func() error { _, err := c.Write([]byte("a question")); return err },
		func() error { return c.Begin(legacyclient.Hello{Kind: legacyclient.HelloReset}) },
		c.Uncork, c.ReceiveFlight, c.ReceiveFinished,
	} {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	return c
}

// Negative test 19: an application that does not read, whose Write drives the
// handshake, while the client weaves more data into it than an inbox takes.
func TestNegative19ApplicationThatNeverReadsHasANamedEnd(t *testing.T) {
	app := newAnswerer()
	s := newStageOf(t, deaf(app), impatient)
	c := begunWithData(t, s)
	flooded := make(chan struct{})
	go func() {
		defer close(flooded)
		for c.WriteRecord(wire.TypeApplicationData, make([]byte, wire.MaxPlaintext)) == nil {
		}
	}()
	s.wantEnd(t, "handshake-timeout")
	if err := <-app.wrote; err == nil {
		t.Error("the Write says that it wrote")
	}
	c.NetConn().Close()
	within(t, "the flood's end", func() { <-flooded })
}

// The same application is answered where the data fits.
func TestNegative19ApplicationThatNeverReadsIsNotInTheWay(t *testing.T) {
	app := newAnswerer()
	s := newStageOf(t, deaf(app))
	c := begunWithData(t, s)
	for i, step := range []func() error{
		func() error { _, err := c.Write(make([]byte, 200<<10)); return err },
		c.SendChangeCipherSpec, c.SendFinished,
		func() error { return <-app.wrote },
	} {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	got := make([]byte, len("the answer"))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "the answer" {
		t.Errorf("%q, %v", got, err)
	}
}
