package proxy

import (
	"context"
	"net"
	"time"

	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// connect gets a connection to a backend of a generation, and says where it leads.
func (s *Server) connect(ctx context.Context, by *generation, to *upstream.Backend, call upstream.Call) (upstream.Conn, upstream.Address, error) {
	begun := time.Now()
	b, at, err := by.pools[to].Dial(ctx, call)
	if err != nil {
		s.telemetry.BackendFailed(to.Name)
		return nil, at, err
	}
	s.telemetry.BackendConnected(to.Name, time.Since(begun))
	return b, at, nil
}

// reset closes a connection so that its peer cannot take it for an end: with RST
// where there is one, and by TLS without close_notify.
func reset(c net.Conn) {
	if secured, ok := c.(interface{ Reset() }); ok {
		secured.Reset()
		return
	}
	if tcp, ok := c.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0) // fails only if the connection is over
	}
	_ = c.Close()
}

// resetBehindData is reset once the kernel has sent what was written before,
// which RST would destroy.
func resetBehindData(c net.Conn) {
	if secured, ok := c.(interface{ Inner() net.Conn }); ok {
		awaitSent(secured.Inner())
	} else {
		awaitSent(c)
	}
	reset(c)
}
