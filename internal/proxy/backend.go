package proxy

import "net"

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
