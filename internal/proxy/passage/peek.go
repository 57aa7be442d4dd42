package passage

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// A Conn is a connection whose two directions end one by one, as TCP and Unix
// connections' do.
type Conn interface {
	net.Conn
	CloseWrite() error
}

// buffers are for what passes; none is held while nothing does.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// Peek looks at what a connection begins with, until a time. The connection that
// it gives takes conn's place, and is read from the beginning. An error is of the
// connection, which ended or was silent for too long; it is given all the same.
func Peek(conn Conn, until time.Time) (First, Conn, error) {
	return NewLookout().Peek(conn, netip.Prefix{}, until, 1)
}

// readFirst is peek where a socket cannot be looked into: what was read is given
// again.
func readFirst(conn Conn) (First, Conn, error) {
	r := &replay{Conn: conn, rest: make([]byte, 0, 1<<10)}
	for {
		f, more := Look(r.rest)
		if !more || len(r.rest) == MaxFirst {
			return f, r, nil
		}
		if len(r.rest) == cap(r.rest) {
			r.rest = append(make([]byte, 0, min(2*cap(r.rest), MaxFirst)), r.rest...)
		}
		n, err := conn.Read(r.rest[len(r.rest):cap(r.rest)])
		r.rest = r.rest[:len(r.rest)+n]
		if err != nil {
			return f, r, cutShort(err, len(r.rest))
		}
	}
}

// cutShort is an end after n bytes.
func cutShort(err error, n int) error {
	if err == io.EOF && n > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

// IsTimeout says of Peek's error that the connection was silent for too long.
func IsTimeout(err error) bool { return os.IsTimeout(err) }

// A replay is a connection that was read from, and that gives those bytes again.
type replay struct {
	Conn
	rest []byte // nil: all was given; one goroutine reads at a time
}

// Read gives what was read before, and then what comes.
func (r *replay) Read(b []byte) (int, error) {
	if r.rest == nil {
		return r.Conn.Read(b)
	}
	n := copy(b, r.rest)
	if r.rest = r.rest[n:]; len(r.rest) == 0 {
		r.rest = nil
	}
	return n, nil
}

// SetLinger is the connection's, where it has one.
func (r *replay) SetLinger(seconds int) error {
	if tcp, ok := r.Conn.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return nil
}
