//go:build !linux

package passage

import "net"

// A source reads a connection.
type source struct{ conn net.Conn }

func newSource(conn net.Conn) *source { return &source{conn} }

// next gives a buffer with n bytes in it, to be given back.
func (s *source) next() (buf *[32 << 10]byte, n int, err error) {
	buf = buffers.Get().(*[32 << 10]byte)
	n, err = s.conn.Read(buf[:])
	return buf, n, err
}

// splice moves bytes without reading them, where the system can: not here.
func splice(_, _ *end) (*broken, bool) { return nil, false }

// hasEnded asks the system whether the peer's end has come: not here.
func hasEnded(net.Conn) bool { return false }

// isTorn asks the system whether a connection was reset: not here.
func isTorn(net.Conn) bool { return false }
