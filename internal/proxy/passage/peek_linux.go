package passage

import (
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// peek looks at the bytes where they are, in the socket: whoever gets it afterwards
// has it as it came.
func peek(conn Conn) (First, Conn, error) {
	s, ok := conn.(syscall.Conn)
	if !ok {
		return readFirst(conn)
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return First{}, conn, err
	}
	var f First
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		var done bool
		f, done, failed = glance(int(fd))
		return done
	})
	if err == nil {
		err = failed
	}
	return f, conn, err
}

// glance looks once. It is called again when more comes, and when the end does.
func glance(fd int) (f First, done bool, err error) {
	for ended := false; ; ended = true {
		f, done, err := lookInto(fd)
		switch {
		case done:
			return f, true, err
		case ended:
			return f, true, io.ErrUnexpectedEOF
		case !endsHere(fd):
			return f, false, nil
		}
		// What came between the two looks stands before the end.
	}
}

// lookInto looks at what is there.
func lookInto(fd int) (f First, done bool, err error) {
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	n, err := ignoringEINTR(func() (int, error) {
		n, _, err := unix.Recvfrom(fd, buf[:MaxFirst], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return n, err
	})
	switch {
	case err == unix.EAGAIN:
		return First{}, false, nil
	case err != nil:
		return First{}, true, os.NewSyscallError("recvfrom", err)
	case n == 0:
		return First{}, true, io.EOF
	}
	f, more := Look(buf[:n])
	return f, !more || n == MaxFirst, nil
}

// endsHere reports whether the peer's end stands behind what was looked at.
func endsHere(fd int) bool {
	ask := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	n, err := ignoringEINTR(func() (int, error) { return unix.Poll(ask, 0) })
	return err == nil && n > 0 && ask[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0
}

func ignoringEINTR(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}
