package proxy

import (
	"context"
	"net"
)

// A backend is a connection whose two directions end one by one.
type backend interface {
	net.Conn
	CloseWrite() error
}

// dialBackend connects. No keep-alive is set: it would cost calls for every
// connection, and backends do not vanish as clients do.
func dialBackend(ctx context.Context, a Address) (backend, error) {
	dialer := net.Dialer{KeepAlive: -1}
	conn, err := dialer.DialContext(ctx, a.Network, a.Address)
	if err != nil {
		return nil, err
	}
	return conn.(backend), nil // TCP and Unix connections are
}

// reset closes a connection so that its peer cannot take it for an end: with RST
// where there is one.
func reset(c net.Conn) {
	if tcp, ok := c.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0) // fails only if the connection is over
	}
	_ = c.Close()
}

// resetBehindData is reset once the kernel has sent what was written before,
// which RST would destroy.
func resetBehindData(c net.Conn) {
	awaitSent(c)
	reset(c)
}
