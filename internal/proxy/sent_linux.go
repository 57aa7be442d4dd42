package proxy

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// awaitSent waits until the peer's system has acknowledged all that was written,
// but not for long.
func awaitSent(c net.Conn) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	for pause := time.Millisecond; pause < time.Second && unsent(raw) > 0; pause *= 2 {
		time.Sleep(pause)
	}
}

// unsent counts the bytes that are not acknowledged.
func unsent(raw syscall.RawConn) int {
	n := 0
	err := raw.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	if err != nil {
		return 0
	}
	return n
}
