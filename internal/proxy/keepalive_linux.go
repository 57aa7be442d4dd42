package proxy

import (
	"errors"
	"net"
	"syscall"
)

// keepAlive is set on a listening socket, from which Linux's connections inherit
// it: no call for each of them. Clients on modems vanish without a word; after
// five minutes without one they are asked.
const (
	keepAliveIdle     = 300 // seconds
	keepAliveInterval = 30
)

// listenConfig makes listening sockets.
func listenConfig() net.ListenConfig {
	return net.ListenConfig{KeepAlive: -1, Control: func(network, _ string, c syscall.RawConn) error {
		if network == "unix" {
			return nil
		}
		var err error
		return errors.Join(c.Control(func(fd uintptr) { err = setKeepAlive(int(fd)) }), err)
	}}
}

func setKeepAlive(fd int) error {
	return errors.Join(
		syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1),
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, keepAliveIdle),
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, keepAliveInterval),
	)
}
