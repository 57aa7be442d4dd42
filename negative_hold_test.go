package parley_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// An answerer is an application that writes when it is told to, whatever it reads.
type answerer struct {
	write chan string
	wrote chan error
}

func newAnswerer() *answerer {
	return &answerer{write: make(chan string), wrote: make(chan error, 1)}
}

func (a *answerer) act(s *stage, c *parley.Conn, stream *actedStream) {
	defer c.Close()
	gone := make(chan struct{})
	s.running.Go(func() {
		select {
		case text := <-a.write:
			_, err := c.Write([]byte(text))
			a.wrote <- err
		case <-gone:
		}
	})
	defer close(gone)
	s.readAll(c, stream)
}

// readAll is an application that only reads.
func (s *stage) readAll(c *parley.Conn, stream *actedStream) {
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		s.note(stream, buf[:n], err)
		if err != nil {
			return
		}
	}
}

// inWrite waits until a goroutine is inside of Conn.Write, whose end wrote tells.
func inWrite(t *testing.T, wrote chan error) {
	t.Helper()
	within(t, "Write", func() {
		for !strings.Contains(stacks(), "parley.(*Conn).Write(") && len(wrote) == 0 {
			time.Sleep(time.Millisecond)
		}
	})
	if len(wrote) > 0 {
		t.Error("the Write does not wait")
	}
}

// Negative test 9: the application answers the attacker's prefix between our
// abbreviated Finished and the client's, which is then wrong.
func TestNegative09WhatIsWrittenBeforeTheClientIsProvedStays(t *testing.T) {
	for _, suite := range attackSuites {
		for _, right := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/%s/Finished right: %v", suite.version, suite.suite, right), func(t *testing.T) {
				app := newAnswerer()
				s := newStageOf(t, app.act)
				c := s.client(t, legacyclient.Options{Version: suite.version, Suites: []wire.SuiteID{suite.suite}})
				if _, err := c.Write([]byte("the question")); err != nil {
					t.Fatal(err)
				}
				stream := s.reads(t, 0, "the question")
				for i, step := range []func() error{
					func() error { return c.Begin(legacyclient.Hello{Kind: legacyclient.HelloReset}) },
					c.ReceiveFlight, c.ReceiveFinished,
				} {
					if err := step(); err != nil {
						t.Fatalf("step %d: %v", i, err)
					}
				}
				app.write <- "the answer"
				inWrite(t, app.wrote)
				verify, err := c.VerifyData()
				if err != nil {
					t.Fatal(err)
				}
				if !right {
					verify[11] ^= 1
				}
				if err := c.SendChangeCipherSpec(); err != nil {
					t.Fatal(err)
				}
				if err := c.SendFinishedWith(verify); err != nil {
					t.Fatal(err)
				}
				if right {
					answer := make([]byte, len("the answer"))
					if n, err := c.Read(answer[:1]); n != 1 || err != nil || <-app.wrote != nil {
						t.Errorf("after a right Finished: %d, %v", n, err)
					}
					return
				}
				for {
					r, err := c.ReadRecord()
					if err != nil {
						break
					}
					if r.Type != wire.TypeAlert {
						t.Fatalf("a record of type %s came after our Finished", r.Type)
					}
				}
				var end error
				within(t, "Write's end", func() { end = <-app.wrote })
				if end == nil {
					t.Error("the Write says that it wrote")
				}
				if end := s.ended(t, stream); !isFinding(end, "reneg-reset-hello") {
					t.Errorf("the stream ended with %v", end)
				}
			})
		}
	}
}
