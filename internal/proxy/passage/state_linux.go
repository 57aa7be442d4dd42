package passage

import (
	"net"

	"golang.org/x/sys/unix"
)

// hasEnded reports whether the peer's end has come, even if there are bytes before
// it that nobody has read.
func hasEnded(conn net.Conn) (ended bool) {
	inspect(conn, func(fd int) { ended = endsHere(fd) })
	return ended
}

// isTorn reports whether a connection was reset, though reading it says that it
// ended: a write took the error.
func isTorn(conn net.Conn) (torn bool) {
	inspect(conn, func(fd int) {
		info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		torn = err == nil && info.State == unix.BPF_TCP_CLOSE
	})
	return torn
}

// inspect lends out a connection's socket, where it has one that is open.
func inspect(conn net.Conn, look func(fd int)) {
	if raw := rawOf(conn); raw != nil {
		_ = raw.Control(func(fd uintptr) { look(int(fd)) }) // of one that is closed there is nothing to say
	}
}
