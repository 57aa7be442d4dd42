package parley_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// Negative test 20: a thousand hellos, all of them refused. The third ends it.
func TestNegative20ThousandRefusedHellosHaveANamedEnd(t *testing.T) {
	for _, kind := range []legacyclient.HelloKind{legacyclient.HelloProper, legacyclient.HelloReset, legacyclient.HelloBare} {
		for _, atOnce := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/in one go: %v", kind, atOnce), func(t *testing.T) {
				s := newStage(t, func(c *parley.Config) {
					c.Policy.Secure, c.Policy.Reset, c.Policy.Bare = parley.AnswerRefuse, parley.AnswerRefuse, parley.AnswerRefuse
				})
				c, stream := s.open(t, legacyclient.Options{NoSCSV: kind == legacyclient.HelloBare}, "before")
				if atOnce {
					c.Cork()
				}
				for range 1000 {
					if err := c.WriteRecord(wire.TypeHandshake, c.Hello(legacyclient.Hello{Kind: kind}).Raw); err != nil {
						break // the server has had enough
					}
				}
				if atOnce {
					_ = c.Uncork()
				}
				if end := s.ended(t, stream); !isFinding(end, "reneg-insisted") || stream.text() != "before" {
					t.Errorf("the stream is %q and ended with %v", stream.text(), end)
				}
				if n := len(s.told(stream.number, parley.EventSecondHello)); n != 3 {
					t.Errorf("%d hellos were looked at", n)
				}
				c.NetConn().Close()
			})
		}
	}
}

// asker is an application that asks for a renegotiation once it has read a word,
// and then echoes.
type asker struct{ asked chan error }

func (a asker) act(s *stage, c *parley.Conn, stream *actedStream) {
	buf := make([]byte, 100)
	n, err := c.Read(buf)
	if err != nil {
		s.note(stream, nil, err)
		_ = c.Close()
		return
	}
	s.note(stream, buf[:n], nil)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a.asked <- c.Renegotiate(ctx)
	s.act(c, stream)
}

// Negative test 20: the client declines a HelloRequest and goes on.
func TestNegative20ADeclinedHelloRequestLeavesTheStream(t *testing.T) {
	for _, suite := range attackSuites {
		app := asker{make(chan error, 1)}
		s := newStageOf(t, app.act)
		c := s.client(t, legacyclient.Options{
			Version: suite.version, Suites: []wire.SuiteID{suite.suite}, HelloRequest: legacyclient.ReactDecline,
		})
		if err := c.WriteRecord(wire.TypeApplicationData, []byte("word")); err != nil {
			t.Fatal(err)
		}
		echoed := make(chan error, 1)
		go func() { // its reading meets the HelloRequest
			b := make([]byte, 1)
			_, err := c.Read(b)
			echoed <- err
		}()
		if err := <-app.asked; !errors.Is(err, parley.ErrRefused) {
			t.Errorf("%s: Renegotiate gives %v", suite.suite, err)
		}
		if err := c.WriteRecord(wire.TypeApplicationData, []byte("more")); err != nil {
			t.Fatal(err)
		}
		if err := <-echoed; err != nil {
			t.Errorf("%s: the stream does not go on: %v", suite.suite, err)
		}
		s.reads(t, 0, "wordmore")
		_ = c.Close()
	}
}

// Negative test 20: the server itself asks, and the attacker answers with a
// victim's first hello. That we asked changes neither its kind nor the answer.
func TestNegative20HelloRequestAnsweredByASplicedFirstHello(t *testing.T) {
	for _, p := range safePolicies() {
		if p.Secure > parley.AnswerAccept || p.Restart == parley.AnswerIsolate {
			continue // these answers are to other kinds
		}
		for i, v := range victims {
			name := fmt.Sprintf("secure %s, reset %s, bare %s, restart %s/victim %s", p.Secure, p.Reset, p.Bare, p.Restart, v.name)
			t.Run(name, func(t *testing.T) {
				app := asker{make(chan error, 2)} // the victim's own stream asks, too
				s := newStageOf(t, app.act, func(c *parley.Config) { c.Policy = p })
				prefix, secret := "the attacker's prefix", "the victim's"
				a := s.client(t, legacyclient.Options{})
				if err := a.WriteRecord(wire.TypeApplicationData, []byte(prefix)); err != nil {
					t.Fatal(err)
				}
				s.await(t, "HelloRequest", func() bool { return len(s.streams) == 1 && asked(s.events) })
				through := splice(t, a, nil)
				o := v.options
				o.Timeout = patience
				c := legacyclient.New(through.victim, o)
				if err := c.Handshake(); err == nil {
					_, _ = c.Write([]byte(secret))
				}
				stream := s.stream(t, 0)
				if p.Bare == parley.AnswerIsolate && v.kind == parley.KindBare {
					s.reads(t, 1, secret)
				}
				var outcome error
				through.wait(t)
				within(t, "Renegotiate", func() { outcome = <-app.asked })
				if outcome == nil {
					t.Error("Renegotiate did well")
				}
				f := &fate{prefix: prefix, secret: secret, attacker: stream, end: s.ended(t, stream)}
				s.apart(t, f)
				s.apartFromVictim(t, f)
				s.hasAnswered(t, f, v.kind, expected(p, v.kind))
				hello := s.told(stream.number, parley.EventSecondHello)
				if len(hello) != 1 || !hello[0].Detail.(parley.SecondHelloDetail).Asked {
					t.Errorf("victim %d: the log does not say that we had asked", i)
				}
			})
		}
	}
}

// asked reports whether a HelloRequest was sent.
func asked(events []parley.Event) bool {
	for _, e := range events {
		if e.Name == parley.EventHelloRequest {
			return true
		}
	}
	return false
}

// Negative test 20: one noisy client among 50 behind one address. Its own ration
// is spent long before theirs.
func TestNegative20ANoisyClientDoesNotSpendItsNeighboursRation(t *testing.T) {
	const neighbours = 49
	s := newStage(t, func(c *parley.Config) { c.RenegotiateTimeout = 2 * time.Second })
	quiet := make([]*legacyclient.Client, neighbours)
	for i := range quiet {
		quiet[i] = s.client(t, legacyclient.Options{})
	}
	noisy, stream := s.open(t, legacyclient.Options{}, "noisy")
	var running sync.WaitGroup
	var end error
	running.Go(func() {
		for end == nil {
			end = noisy.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloProper})
			if len(s.told(stream.number, parley.EventRationed)) > 0 {
				return // it waits for its points
			}
		}
	})
	within(t, "the noisy client's ration", running.Wait)
	if len(s.told(stream.number, parley.EventRationed)) == 0 {
		t.Errorf("the noisy client was not rationed; it ended with %v", end)
	}
	for i, c := range quiet {
		for _, kind := range []legacyclient.HelloKind{legacyclient.HelloProper, legacyclient.HelloReset} {
			if err := c.Renegotiate(legacyclient.Hello{Kind: kind}); err != nil {
				t.Fatalf("neighbour %d: %v", i, err)
			}
		}
		if err := c.Echo([]byte("quiet")); err != nil {
			t.Errorf("neighbour %d: %v", i, err)
		}
		c.NetConn().Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Name == parley.EventRationed && e.Conn != stream.number {
			t.Error("a neighbour was rationed")
		}
	}
	noisy.NetConn().Close()
}

// Over its ration a hello waits, and where it would wait for longer than a
// renegotiation may take the connection ends.
func TestNegative20WhoRenegotiatesForEverHasANamedEnd(t *testing.T) {
	s := newStage(t, func(c *parley.Config) {
		// Long enough for a handshake on a busy machine, too short for the ration.
		c.RenegotiateTimeout = 5 * time.Second
		c.Policy.Ration.ConnectionPerSecond = 1
	})
	c, stream := s.open(t, legacyclient.Options{}, "before")
	var end error
	within(t, "the ration", func() {
		for end == nil {
			end = c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloProper})
		}
	})
	if end := s.ended(t, stream); !isFinding(end, "reneg-ration") {
		t.Errorf("the stream ended with %v", end)
	}
	c.NetConn().Close()
}
