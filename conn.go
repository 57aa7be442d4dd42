package parley

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// A Conn is one stream under one identity. One reader and one writer may use it
// at once. Either of them drives a renegotiation when it meets one, so a program
// that reads and writes on one goroutine cannot lock itself up; what the client
// sends meanwhile waits for Read in a bounded inbox.
type Conn struct {
	t *transport // nil: the Config of Server was wrong, and end says how

	reads, writes sync.Mutex // make calls of Read, and of Write, wait for each other

	// The rest is guarded by t.mu.
	read, write          wait
	inbox                inbox
	shown                *epoch // of the last byte read, at first of the first handshake; nil: that is not done
	end                  error  // how reading ended, when all is read; nil: it goes on
	cut                  error  // why nothing can be written; nil: it can
	closed               bool
	modern               *tls.Conn // serves the connection in our place; nil: we do
	hello                *wire.ClientHello
	fromClient, toClient int64
}

// Server serves TLS on one connection; the handshake runs in HandshakeContext or
// the first Read or Write. Without Config.OnIsolate, AnswerIsolate aborts. With a
// Config that cannot work every method of the Conn says so.
func Server(conn net.Conn, config *Config) *Conn {
	r, err := config.ready()
	if err != nil {
		t := &transport{inner: conn, over: true}
		t.current = &Conn{t: t, end: err, cut: err, closed: true}
		return t.current
	}
	return newTransport(conn, r, nil).current
}

// LocalAddr is the TCP connection's.
func (c *Conn) LocalAddr() net.Addr { return c.t.inner.LocalAddr() }

// RemoteAddr is the TCP connection's.
func (c *Conn) RemoteAddr() net.Addr { return c.t.inner.RemoteAddr() }

// NetConn gives the connection below, for its addresses and options only: to
// read or write it breaks the Conn.
func (c *Conn) NetConn() net.Conn { return c.t.inner }

// Number is what Events call the TCP connection.
func (c *Conn) Number() uint64 { return c.t.number }

// Hello is the hello that began the stream; nil before it has come.
func (c *Conn) Hello() *ClientInfo {
	c.t.mu.Lock()
	hello := c.hello
	c.t.mu.Unlock()
	if hello == nil {
		return nil
	}
	return newClientInfo(endedContext, c.t.inner, hello)
}

// ConnectionState has crypto/tls's shape, for net/http and x/net/http2. Like
// State it speaks of the last byte read. Its ExportKeyingMaterial method panics;
// use the Conn's.
func (c *Conn) ConnectionState() tls.ConnectionState {
	return c.State().connectionState()
}

// State says what is true of the last byte read: after a renegotiation it changes
// when a byte from after that is read, or when Renegotiate returns and no older
// byte is unread.
func (c *Conn) State() State {
	c.t.mu.Lock()
	defer c.t.mu.Unlock()
	s := c.shown.public()
	s.FromClient, s.ToClient = c.fromClient, c.toClient
	return s
}

// ExportKeyingMaterial is RFC 5705's exporter for the newest epoch. It needs
// Extended Master Secret (RFC 7627, section 5.4) or TLS 1.3; else, and before the
// handshake is complete, it is an error.
func (c *Conn) ExportKeyingMaterial(label string, context []byte, n int) ([]byte, error) {
	t := c.t
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case c.modern != nil:
		cs := c.modern.ConnectionState()
		return cs.ExportKeyingMaterial(label, context, n)
	case c != t.current || c.closed:
		return nil, net.ErrClosed
	}
	return t.engine.Export(label, context, n)
}

// HandshakeContext completes the first handshake, which a Listener's Conns have
// behind them. When ctx ends first the handshake is not lost: another call, or a
// Read, goes on with it.
func (c *Conn) HandshakeContext(ctx context.Context) error {
	c.t.mu.Lock()
	defer c.t.mu.Unlock()
	return c.handshake(ctx)
}

func (c *Conn) handshake(ctx context.Context) error {
	if c.complete() {
		return nil
	}
	t := c.t
	w := &wait{ctx: ctx}
	defer context.AfterFunc(ctx, t.nudge)()
	for !c.complete() {
		if c.end != nil {
			return c.end
		}
		if err := t.pump(w); err != nil {
			return err
		}
	}
	return nil
}

// complete reports whether c's first handshake is done.
func (c *Conn) complete() bool { return c.shown != nil }

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (c *Conn) SetDeadline(d time.Time) error {
	return c.setDeadline(func(m *tls.Conn) error { return m.SetDeadline(d) }, d, &c.read, &c.write)
}

// SetReadDeadline is for Read and what it waits for, a renegotiation included.
// When it passes nothing is lost.
func (c *Conn) SetReadDeadline(d time.Time) error {
	return c.setDeadline(func(m *tls.Conn) error { return m.SetReadDeadline(d) }, d, &c.read)
}

// SetWriteDeadline is for Write. When it passes in the middle of a record, the
// rest of the record is kept and goes first on the next Write.
func (c *Conn) SetWriteDeadline(d time.Time) error {
	return c.setDeadline(func(m *tls.Conn) error { return m.SetWriteDeadline(d) }, d, &c.write)
}

func (c *Conn) setDeadline(modern func(*tls.Conn) error, d time.Time, waits ...*wait) error {
	t := c.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	for _, w := range waits {
		w.until = d
	}
	if c.modern != nil {
		return modern(c.modern)
	}
	t.rearm()
	return nil
}
