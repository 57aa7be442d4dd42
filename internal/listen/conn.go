package listen

import (
	"net"
	"sync"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/tape"
)

// keptFirst is how much of a client's first bytes is kept: a hello, and it is
// enough to say what else it is.
const keptFirst = 16 << 10

// A keeper is a tap that keeps a client's first bytes, and tells another tap.
type keeper struct {
	next tape.Tap // nil: none

	mu    sync.Mutex // guards what follows
	first []byte
}

// Passed is tape.Tap's.
func (k *keeper) Passed(d capture.Direction, b []byte) {
	k.mu.Lock()
	if room := keptFirst - len(k.first); d == capture.AtoB && room > 0 {
		k.first = append(k.first, b[:min(len(b), room)]...)
	}
	k.mu.Unlock()
	if k.next != nil {
		k.next.Passed(d, b)
	}
}

// Ended is tape.Tap's.
func (k *keeper) Ended(d capture.Direction, reset bool) {
	if k.next != nil {
		k.next.Ended(d, reset)
	}
}

// begin gives the client's first bytes.
func (k *keeper) begin() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.first
}

// A tappedConn is a TCP connection that others listen to.
type tappedConn struct {
	*tape.Conn
	keeper *keeper
}

// tapped has a tape listen to a connection, if there is one and it can.
func tapped(c net.Conn, t *tape.Tape) *tappedConn {
	k := new(keeper)
	client, server := tape.AddrPort(c.RemoteAddr()), tape.AddrPort(c.LocalAddr())
	if t != nil && client.IsValid() && server.IsValid() {
		k.next = tape.NewTrack(t, client, server, capture.AtoB)
	}
	return &tappedConn{tape.NewConn(c, capture.AtoB, k), k}
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
