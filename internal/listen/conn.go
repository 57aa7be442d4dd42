package listen

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
)

// keptFirst is how much of a client's first bytes is kept: a hello, and it is
// enough to say what else it is.
const keptFirst = 16 << 10

// A tap is told what passes on a connection. Its methods are called in the order
// in which things pass, one at a time.
type tap interface {
	fromClient([]byte)
	toClient([]byte)
	ended(d direction, reset bool)
}

// A direction is one of a connection's two.
type direction uint8

const (
	up direction = iota // from the client
	down
)

// A tappedConn is a TCP connection that others listen to.
type tappedConn struct {
	net.Conn
	wire tap // nil: none

	mu    sync.Mutex // guards what follows, and calls of wire
	first []byte     // the client's first bytes
	over  [2]bool    // the ends that wire was told
	abort bool       // closing resets
}

// Read reads, and keeps the client's first bytes.
func (c *tappedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if room := keptFirst - len(c.first); room > 0 {
		c.first = append(c.first, b[:min(n, room)]...)
	}
	if c.wire != nil && n > 0 {
		c.wire.fromClient(b[:n])
	}
	if err == io.EOF || errors.Is(err, syscall.ECONNRESET) {
		c.tellEnd(up, err != io.EOF)
	}
	return n, err
}

// Write writes. What it writes is told first: so the answer to it cannot be told
// before it.
func (c *tappedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if c.wire != nil && len(b) > 0 {
		c.wire.toClient(b)
	}
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// CloseWrite ends what is sent; the root package and the proxy find it by its
// method.
func (c *tappedConn) CloseWrite() error {
	c.mu.Lock()
	c.tellEnd(down, false)
	c.mu.Unlock()
	return c.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

// Close ends what is sent. What the client still sends nobody sees.
func (c *tappedConn) Close() error {
	c.mu.Lock()
	c.tellEnd(down, c.abort)
	c.mu.Unlock()
	return c.Conn.Close()
}

// tellEnd tells an end once. mu is held.
func (c *tappedConn) tellEnd(d direction, reset bool) {
	if c.wire != nil && !c.over[d] {
		c.wire.ended(d, reset)
	}
	c.over[d] = true
}

// SetLinger is the socket's: a server that cuts a connection resets it.
func (c *tappedConn) SetLinger(seconds int) error {
	c.mu.Lock()
	c.abort = seconds == 0
	c.mu.Unlock()
	return c.Conn.(interface{ SetLinger(int) error }).SetLinger(seconds)
}

// SyscallConn is the socket's, to ask what is still unsent.
func (c *tappedConn) SyscallConn() (syscall.RawConn, error) {
	return c.Conn.(syscall.Conn).SyscallConn()
}

// begin gives the client's first bytes.
func (c *tappedConn) begin() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.first
}

// A tapper accepts connections and taps them.
type tapper struct {
	net.Listener
	tap func(net.Conn) net.Conn
}

// Accept accepts a connection.
func (t tapper) Accept() (net.Conn, error) {
	c, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return t.tap(c), nil
}
