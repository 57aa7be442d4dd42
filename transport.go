package parley

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/trace"
)

// connections numbers the TCP connections of the process.
var connections atomic.Uint64

// A transport is one TCP connection: a socket, an engine, and the Conn whose
// stream goes on. An isolation gives it another Conn.
//
// Whoever needs bytes pumps: it feeds the engine with what the socket has, one at
// a time (pumping). Whoever writes to the socket does so one at a time (writing).
// mu is held for all work and released for all waiting.
type transport struct {
	inner    net.Conn
	raw      syscall.RawConn // of inner, if that is a way to wait without a buffer
	number   uint64
	begun    time.Time
	listener *Listener // nil: from Server
	events   func(Event)

	mu      sync.Mutex // guards what follows
	engine  *engine.Conn
	rules   *rules // of the current stream, once its Config is chosen
	first   *rules // of the Listener or Server
	current *Conn
	epoch   *epoch        // what holds now; nil: no handshake is complete
	changed chan struct{} // closed when something changes; nil: nobody waits

	pumping bool
	reader  *wait // of who waits in the socket for bytes; nil: nobody
	in      input
	plain   []byte // opened and not yet delivered, a part of in's buffer
	rawRead rawRead
	tryRead func(uintptr) bool // rawRead.try, once it is needed
	look    func(uintptr)      // rawRead.look, likewise

	writing   bool
	finishing bool  // writing is finishFlight
	left      bool  // a flight was left to who writes, and must leave
	writer    *wait // of who waits in the socket to write
	rest      []byte
	restBuf   []byte // the buffer that rest is the end of
	broken    error  // how writing to the socket failed

	readUntil, writeUntil time.Time // the socket's deadlines

	asking *asking // what answers to questions must remember
	over   bool    // the closed event was told
}

func newTransport(conn net.Conn, r *rules, l *Listener) *transport {
	t := &transport{
		inner: conn, raw: rawConn(conn), number: connections.Add(1), begun: time.Now(), listener: l,
		events: r.config.Events, rules: r, first: r, asking: new(asking),
	}
	options := engine.Options{
		Rand: r.config.chance(), Buffer: outputBuffer, Source: t,
		HandshakeTimeout: r.handshakeTimeout, RenegotiateTimeout: r.renegotiateTimeout,
	}
	if t.events != nil {
		options.Observe = t.observe
	}
	t.engine = engine.New(options)
	t.current = &Conn{t: t}
	return t
}

// now is the engine's clock.
func (t *transport) now() time.Duration { return time.Since(t.begun) }

// observe gives an event its number. The engine calls it with t.mu held.
func (t *transport) observe(e trace.Event) {
	if t.over {
		return // the connection's story ends once
	}
	t.over = e.Name == trace.Closed
	e.Conn = t.number
	if e.Name == trace.Opened {
		e.Detail = trace.OpenedDetail{Client: t.inner.RemoteAddr().String()} // the engine knows no network
	}
	t.events(e)
}

// heed takes the error of an engine's method.
func (t *transport) heed(err error) {
	switch {
	case err == nil:
	case errors.Is(err, engine.ErrSplit):
		t.split()
	default:
		t.finish(err)
	}
}

// finish ends the current stream's reading; unless it ended well, its writing too.
func (t *transport) finish(err error) {
	c := t.current
	t.in.done(len(t.in.bytes())) // nothing behind the end means anything
	if err == io.EOF && !c.complete() {
		err = &Error{Finding: findingAbandoned, Reason: "the client closed before the handshake was done", cause: io.ErrUnexpectedEOF}
	}
	if c.end == nil {
		c.end = explain(err)
	}
	switch {
	case c.cut != nil:
	case err != io.EOF:
		c.cut = c.end
	case t.engine.Phase() == engine.PhaseClosed:
		c.cut = &Error{Reason: "the client closed in the middle of a renegotiation", cause: io.ErrClosedPipe}
	}
	t.invalidate(c)
	t.rearm() // who waits in the socket waits for nothing any more
}

// invalidate forgets the session of a connection that ended with a fatal alert,
// as RFC 5246, section 7.2.2 wants it. It is the session in use, whose owner has
// proved itself; what a second hello offered stays.
func (t *transport) invalidate(c *Conn) {
	var why *Error
	if !c.complete() || t.epoch.state == nil || !errors.As(c.end, &why) || why.Alert == 0 {
		return
	}
	if id := t.epoch.state.Session.ID; len(id) > 0 {
		t.rules.forgetSession(id)
	}
}

// tick does what the engine has to do by now. A hello that had to wait for its
// ration may be answered by it: the answer leaves.
func (t *transport) tick() {
	if at, ok := t.engine.Wake(); ok && t.now() >= at {
		t.heed(t.engine.Tick(t.now()))
		if t.current.end == nil {
			t.settle()
		}
	}
}

// drop closes the socket and gives all buffers back. t.mu is held.
func (t *transport) drop() error {
	err := t.inner.Close()
	if !t.pumping {
		t.in.release()
		t.plain = nil
	}
	t.tell()
	return err
}
