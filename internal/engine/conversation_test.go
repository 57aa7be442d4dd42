package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A conversation is an engine and a client that says what a test has it say:
// bytes in, bytes out, no goroutine, no network, time moved by hand.
type conversation struct {
	t      testing.TB
	server *server // its settings, keys and sessions; it answers the questions
	conn   *engine.Conn
	now    time.Duration
	source engine.Ration
	seed   [32]byte
	manual bool // the test answers the questions
	peer   client

	pending []byte   // given to the engine, not yet taken
	output  []byte   // all that the engine sent
	unread  []byte   // of that, what is no whole record yet
	heard   []string // what the client heard and the test has not yet expected
	data    []string // what each stream delivered
	events  []trace.Event
	err     error  // how it ended
	tape    []turn // all that was done to the engine
}

// A turn is one thing that was done to an engine.
type turn struct {
	now time.Duration
	in  []byte
	do  func(*engine.Conn) error // nil: in was received
}

// A line is something that the client says.
type line interface{ bytes(c *conversation) []byte }

type lineFunc func(c *conversation) []byte

func (f lineFunc) bytes(c *conversation) []byte { return f(c) }

// options are the engine's. Its chance is the conversation's own and can be had
// again.
func (c *conversation) options() engine.Options {
	return engine.Options{
		Rand: rand.NewChaCha8(c.seed), HandshakeTimeout: 10 * time.Second, RenegotiateTimeout: 30 * time.Second, Source: c.source,
		Observe: func(e trace.Event) { c.events = append(c.events, e) },
	}
}

// converse begins a conversation as the profile says.
func converse(t testing.TB, p profile) *conversation {
	t.Helper()
	return converseWith(t, p, p.server(t))
}

// converseWith begins one more conversation with a server.
func converseWith(t testing.TB, p profile, s *server) *conversation {
	t.Helper()
	c := &conversation{t: t, server: s, data: []string{""}, seed: [32]byte{byte(s.conversations)}}
	s.conversations++
	c.peer = client{profile: p, opener: record.PlainOpener(), sealer: record.PlainSealer(wire.VersionTLS10)}
	c.conn = engine.New(c.options())
	return c
}

// established is a conversation whose first handshake is done.
func established(t testing.TB, p profile) *conversation {
	t.Helper()
	return establishedWith(t, p, p.server(t))
}

func establishedWith(t testing.TB, p profile, s *server) *conversation {
	t.Helper()
	c := converseWith(t, p, s)
	c.handshake(hello().SCSV())
	c.Echoes("as it begins")
	return c
}

// Client has the client say some lines, in one segment.
func (c *conversation) Client(lines ...line) {
	c.t.Helper()
	var segment []byte
	for _, l := range lines {
		segment = append(segment, l.bytes(c)...)
	}
	c.receive(segment)
}

// receive gives bytes to the engine.
func (c *conversation) receive(segment []byte) {
	c.tape = append(c.tape, turn{now: c.now, in: bytes.Clone(segment)})
	c.pending = append(c.pending, segment...)
	c.drive()
}

// do does something else to the engine.
func (c *conversation) do(f func(*engine.Conn) error) error {
	c.tape = append(c.tape, turn{now: c.now, do: f})
	err := f(c.conn)
	c.after(nil, err)
	c.drive()
	return err
}

// drive goes on until the engine wants more.
func (c *conversation) drive() {
	for c.err == nil {
		n, data, err := c.conn.Receive(c.now, c.pending)
		if n < 0 || n > len(c.pending) {
			c.t.Fatalf("the engine is done with %d of %d bytes", n, len(c.pending))
		}
		c.after(data, err)
		c.pending = c.pending[n:]
		answered := c.answerQuestions()
		if n == 0 && !answered && err == nil {
			return
		}
	}
}

// after takes what a call gave.
func (c *conversation) after(data []byte, err error) {
	c.data[len(c.data)-1] += string(data)
	if s := c.conn.Session(); s != nil {
		c.server.sessions[string(s.ID)] = s
	}
	switch {
	case errors.Is(err, engine.ErrSplit):
		c.data = append(c.data, "")
	case err != nil && c.err == nil && c.conn.Phase() == engine.PhaseClosed, err == io.EOF && c.err == nil:
		c.err = err
	}
	out := c.conn.Output()
	c.output = append(c.output, out...)
	c.unread = append(c.unread, out...)
	c.peer.listen(c)
}

func (c *conversation) answerQuestions() (answered bool) {
	for !c.manual && c.err == nil {
		q := c.conn.Question()
		if q == nil {
			return answered
		}
		answered = true
		c.after(nil, c.conn.Reply(c.now, c.server.reply(q)))
	}
	return answered
}

// Answer answers the question that is open, which a manual test does.
func (c *conversation) Answer(r engine.Reply) error {
	return c.do(func(conn *engine.Conn) error { return conn.Reply(c.now, r) })
}

// answers has the test's own answer to the question, or the server's.
func (c *conversation) answerSo(choose func(engine.Question) engine.Reply) {
	for c.err == nil {
		q := c.conn.Question()
		if q == nil {
			return
		}
		r := choose(q)
		if r == nil {
			r = c.server.reply(q)
		}
		_ = c.Answer(r)
	}
}

// Server wants exactly these lines to have been heard since the last time.
func (c *conversation) Server(lines ...string) {
	c.t.Helper()
	if !slices.Equal(c.heard, lines) {
		c.t.Fatalf("the server said %q, want %q (it ended with %v)", c.heard, lines, c.err)
	}
	c.heard = nil
}

// Silence wants nothing to have been heard.
func (c *conversation) Silence() { c.t.Helper(); c.Server() }

// handshake has the client go through a handshake as an honest one.
func (c *conversation) handshake(h *helloLine) {
	c.t.Helper()
	c.Client(h)
	c.goOn()
	if c.err != nil || !c.conn.Complete() || c.peer.handshake != nil {
		c.t.Fatalf("the handshake is not done: %v; heard %q; phase %s", c.err, c.heard, c.conn.Phase())
	}
	c.heard = nil
}

// goOn says what comes after the server's flight.
func (c *conversation) goOn() {
	c.t.Helper()
	switch {
	case slices.Contains(c.heard, "ServerHelloDone"):
		c.Client(c.flight()...)
	case slices.Contains(c.heard, "Finished"):
		c.Client(changeCipherSpec(), finished())
	default:
		c.t.Fatalf("no flight to answer: heard %q, ended %v", c.heard, c.err)
	}
}

// flight is a client's second flight in a full handshake.
func (c *conversation) flight() []line {
	if c.peer.handshake.request == nil {
		return []line{clientKeyExchange(), changeCipherSpec(), finished()}
	}
	lines := []line{certificateOf(c.peer.key), clientKeyExchange()}
	if c.peer.key.key != nil {
		lines = append(lines, certificateVerify())
	}
	return append(lines, changeCipherSpec(), finished())
}

// Echoes sends data and has the server send it back.
func (c *conversation) Echoes(text string) {
	c.t.Helper()
	before := len(c.data[len(c.data)-1])
	c.Client(data(text))
	if got := c.data[len(c.data)-1][before:]; got != text {
		c.t.Fatalf("the server read %q, want %q (it ended with %v)", got, text, c.err)
	}
	c.says(text)
	c.Server("data " + text)
}

// says has the server send data.
func (c *conversation) says(text string) (sent int) {
	c.t.Helper()
	_ = c.do(func(conn *engine.Conn) error {
		n, err := conn.Send([]byte(text))
		sent = n
		return err
	})
	return sent
}

// asks has the server send a HelloRequest.
func (c *conversation) asks() {
	c.t.Helper()
	if err := c.do(func(conn *engine.Conn) error { return conn.HelloRequest(c.now) }); err != nil {
		c.t.Fatal(err)
	}
	c.Server("HelloRequest")
}

// passes lets time pass, with the Ticks that the engine wants.
func (c *conversation) passes(d time.Duration) {
	for end := c.now + d; ; {
		at, ok := c.conn.Wake()
		if !ok || at > end {
			c.now = end
			return
		}
		c.now = max(at, c.now)
		_ = c.do(func(conn *engine.Conn) error { return conn.Tick(c.now) })
	}
}

// Ends wants the connection to have ended with this alert of ours, as the last
// thing said, and this finding.
func (c *conversation) Ends(alert wire.Alert, finding string) {
	c.t.Helper()
	c.ended(alert, finding)
	if want := "fatal " + alert.String(); len(c.heard) == 0 || c.heard[len(c.heard)-1] != want {
		c.t.Fatalf("the client heard %q, want %q", c.heard, want)
	}
	c.heard = c.heard[:len(c.heard)-1]
}

// ended wants this end, whatever the client could make of it.
func (c *conversation) ended(alert wire.Alert, finding string) {
	c.t.Helper()
	var f *wire.Fault
	if !errors.As(c.err, &f) {
		c.t.Fatalf("it did not end with a fault of the client's: %v; phase %s; heard %q", c.err, c.conn.Phase(), c.heard)
	}
	if f.Alert != alert || f.Finding != finding {
		c.t.Fatalf("it ended with %s %q (%s), want %s %q", f.Alert, f.Finding, f.Reason, alert, finding)
	}
	if c.conn.Phase() != engine.PhaseClosed || c.conn.MaySend() {
		c.t.Fatalf("it ended in phase %s", c.conn.Phase())
	}
	if n, err := c.conn.Send([]byte("more")); n > 0 || err == nil {
		c.t.Fatal("it ended and still sends")
	}
}

// told gives the events of a name.
func (c *conversation) told(name trace.EventName) []trace.Event {
	return slices.DeleteFunc(slices.Clone(c.events), func(e trace.Event) bool { return e.Name != name })
}

// kindTold gives the kind and the finding of the last second hello.
func (c *conversation) kindTold() string {
	hellos := c.told(trace.SecondHello)
	if len(hellos) == 0 {
		return "none"
	}
	return hellos[len(hellos)-1].Detail.(trace.SecondHelloDetail).Kind.String()
}

// info wants the last ServerHello's renegotiation_info to be so; nil: absent.
func (c *conversation) info(want []byte) {
	c.t.Helper()
	got, present, err := c.peer.answer.RenegotiationInfo()
	if err != nil || present != (want != nil) || !bytes.Equal(got, want) {
		c.t.Fatalf("renegotiation_info is %x, %v, want %x", got, present, want)
	}
}

// both is the verify_data of both sides in the epoch in use.
func (c *conversation) both() []byte {
	return slices.Concat(c.peer.clientVerify, c.peer.serverVerify)
}

// settings changes the server's settings before the first hello.
func (p profile) with(f func(*handshake.Settings)) profile {
	before := p.settings
	p.settings = func(s *handshake.Settings) {
		if before != nil {
			before(s)
		}
		f(s)
	}
	return p
}

// spoken prints events in short.
func spoken(events []trace.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%s/%d/%d %s %s\n", e.From, e.Epoch, e.Handshake, e.Name, e.Finding)
	}
	return b.String()
}
