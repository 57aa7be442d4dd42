package tape

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"

	"github.com/parley-tls/parley/internal/capture"
)

// A Tap is told what passes on a connection. Its methods are called in the order
// in which things pass, one at a time.
type Tap interface {
	Passed(d capture.Direction, b []byte)
	Ended(d capture.Direction, reset bool)
}

// A Conn is a TCP connection that a tap listens to.
type Conn struct {
	net.Conn
	reads capture.Direction

	mu    sync.Mutex // guards what follows, and calls of tap
	tap   Tap
	over  [2]bool // the ends that tap was told
	abort bool    // closing resets
}

// NewConn has a tap listen to a connection, of which this side reads what goes in
// the direction reads: AtoB is what the client says.
func NewConn(c net.Conn, reads capture.Direction, tap Tap) *Conn {
	return &Conn{Conn: c, reads: reads, tap: tap}
}

// Read reads, and tells what came.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > 0 {
		c.tap.Passed(c.reads, b[:n])
	}
	if err == io.EOF || errors.Is(err, syscall.ECONNRESET) {
		c.tellEnd(c.reads, err != io.EOF)
	}
	return n, err
}

// Write writes. What it writes is told first: so the answer to it cannot be told
// before it.
func (c *Conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if len(b) > 0 {
		c.tap.Passed(1-c.reads, b)
	}
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// CloseWrite ends what is sent; the root package and the proxy find it by its
// method.
func (c *Conn) CloseWrite() error {
	c.mu.Lock()
	c.tellEnd(1-c.reads, false)
	c.mu.Unlock()
	return c.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

// Close ends what is sent. What the other side still sends nobody sees.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.tellEnd(1-c.reads, c.abort)
	c.mu.Unlock()
	return c.Conn.Close()
}

// tellEnd tells an end once. mu is held.
func (c *Conn) tellEnd(d capture.Direction, reset bool) {
	if !c.over[d] {
		c.tap.Ended(d, reset)
	}
	c.over[d] = true
}

// SetLinger is the socket's: whoever cuts a connection resets it.
func (c *Conn) SetLinger(seconds int) error {
	c.mu.Lock()
	c.abort = seconds == 0
	c.mu.Unlock()
	return c.Conn.(interface{ SetLinger(int) error }).SetLinger(seconds)
}

// SyscallConn is the socket's, to ask what is still unsent.
func (c *Conn) SyscallConn() (syscall.RawConn, error) {
	return c.Conn.(syscall.Conn).SyscallConn()
}

// AddrPort is an address as a value; invalid: it is none of IP.
func AddrPort(a net.Addr) netip.AddrPort {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}
