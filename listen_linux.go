package parley

import (
	"net"
	"strings"
	"syscall"
	"time"
)

// keepingAlive sets keep-alive once on the listening socket, from which Linux
// gives it to every connection: no system calls for each.
func keepingAlive() net.ListenConfig {
	return net.ListenConfig{KeepAlive: -1, Control: func(network, _ string, raw syscall.RawConn) error {
		if !strings.HasPrefix(network, "tcp") {
			return nil
		}
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1)
			if failed == nil {
				failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, int(keepAliveIdle/time.Second))
			}
		})
		if err == nil {
			err = failed
		}
		return err
	}}
}
