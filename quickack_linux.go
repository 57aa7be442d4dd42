package parley

import (
	"net"
	"syscall"
)

// acknowledge sends the acknowledgement that the system would delay. The client's
// Finished is the last message of an abbreviated handshake, we have nothing to say
// to it, and an old client's Nagle (RFC 1122, section 4.2.3.4) holds the data behind
// it until it is acknowledged: 40 ms for each renegotiation.
func (t *transport) acknowledge() {
	if _, tcp := t.inner.(*net.TCPConn); !tcp || t.raw == nil {
		return
	}
	_ = t.raw.Control(func(fd uintptr) {
		// It only saves time.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
