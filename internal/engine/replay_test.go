package engine_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// plainRSA is a profile whose conversations can be had again to the byte: RSA
// signs and decrypts without chance.
var plainRSA = profile{version: wire.VersionTLS12, suite: wire.TLS_RSA_WITH_AES_128_GCM_SHA256}

// A replay is what came of a tape that was played to a new engine.
type replay struct {
	conn   *engine.Conn
	output []byte
	data   []string
	events []trace.Event
	err    error
}

// play plays a conversation's tape to a new engine, its bytes cut into segments
// of n; 0: as they came.
func (c *conversation) play(n int) *replay {
	c.t.Helper()
	r := &replay{data: []string{""}}
	o := c.options()
	o.Observe = func(e trace.Event) { r.events = append(r.events, e) }
	r.conn = engine.New(o)
	var pending []byte
	for _, turn := range c.tape {
		if turn.do != nil {
			r.after(nil, turn.do(r.conn))
			r.drive(c, turn, &pending)
			continue
		}
		size := n
		if size == 0 {
			size = max(1, len(turn.in))
		}
		for part := range slices.Chunk(turn.in, size) {
			pending = append(pending, part...)
			r.drive(c, turn, &pending)
		}
	}
	return r
}

func (r *replay) drive(c *conversation, turn turn, pending *[]byte) {
	for r.err == nil {
		n, data, err := r.conn.Receive(turn.now, *pending)
		r.after(data, err)
		*pending = (*pending)[n:]
		answered := false
		for q := r.conn.Question(); q != nil && r.err == nil && !c.manual; q = r.conn.Question() {
			answered = true
			r.after(nil, r.conn.Reply(turn.now, c.server.reply(q)))
		}
		if n == 0 && !answered && err == nil {
			return
		}
	}
}

func (r *replay) after(data []byte, err error) {
	r.data[len(r.data)-1] += string(data)
	switch {
	case errors.Is(err, engine.ErrSplit):
		r.data = append(r.data, "")
	case err != nil && r.err == nil && r.conn.Phase() == engine.PhaseClosed, err == io.EOF && r.err == nil:
		r.err = err
	}
	r.output = append(r.output, r.conn.Output()...)
}

// longStory is a conversation in which much happens.
func longStory(t testing.TB, p profile) *conversation {
	c := established(t, p)
	c.handshake(hello().SCSV().SessionInUse())
	c.Echoes("after a reset")
	c.handshake(hello().Proper())
	c.asks()
	m := c.said(hello().Proper())
	c.Client(data("before "), sealed(wire.TypeHandshake, m[:50]), data("inside "), sealed(wire.TypeHandshake, m[50:]), data("behind"))
	c.goOn()
	c.heard = nil
	c.Client(hello())
	c.Server("warning no_renegotiation")
	c.Echoes("after a refusal")
	c.server.restart = renego.AnswerIsolate
	c.Client(inClear(hello().SCSV()))
	c.goOn()
	c.heard = nil
	c.Echoes("after a restart")
	c.Client(closeNotify())
	if c.err != io.EOF {
		t.Fatal(c.err)
	}
	return c
}

// shortStory has no private-key operation: it resumes wherever it can.
func shortStory(t testing.TB, p profile) *conversation {
	s := p.server(t)
	session := establishedWith(t, p, s).peer.session
	c := converseWith(t, p, s)
	c.peer.session = session
	c.handshake(hello().SCSV().SessionInUse())
	c.Echoes("resumed")
	c.handshake(hello().SCSV().SessionInUse())
	c.Echoes("after a reset")
	m := c.said(hello().Proper().SessionInUse())
	c.Client(data("before "), sealed(wire.TypeHandshake, m[:50]), data("inside "), sealed(wire.TypeHandshake, m[50:]), data("behind"))
	c.goOn()
	c.heard = nil
	c.Client(hello())
	c.Server("warning no_renegotiation")
	c.server.restart = renego.AnswerIsolate
	c.Client(inClear(hello().SCSV().SessionInUse()))
	c.goOn()
	c.heard = nil
	c.Echoes("after a restart")
	c.Client(closeNotify())
	if c.err != io.EOF || len(c.data) != 2 {
		t.Fatal(c.err)
	}
	return c
}

func TestAnyCutOfTheStreamGivesTheSame(t *testing.T) {
	old := plainRSA
	old.version, old.suite = wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA
	for _, p := range []profile{plainRSA, plainRSA.withTickets().withEMS(), old} {
		c := longStory(t, p)
		for _, n := range []int{0, 1, 2, 7, 100} {
			r := c.play(n)
			if !bytes.Equal(r.output, c.output) {
				t.Errorf("cut into %d bytes: another output", n)
			}
			if !slices.Equal(r.data, c.data) || r.err != c.err {
				t.Errorf("cut into %d bytes: %q, %v; want %q, %v", n, r.data, r.err, c.data, c.err)
			}
			if got, want := spoken(r.events), spoken(c.events); got != want {
				t.Errorf("cut into %d bytes: other events:\n%s\nwant:\n%s", n, got, want)
			}
		}
	}
}
